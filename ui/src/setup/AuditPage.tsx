// AuditPage stands here until it is built.
export default function AuditPage() {
  return null;
}
