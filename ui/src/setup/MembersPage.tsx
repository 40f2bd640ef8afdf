// MembersPage stands here until it is built.
export default function MembersPage() {
  return null;
}
