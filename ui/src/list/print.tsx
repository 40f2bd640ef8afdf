// PrintPage stands here until it is built.
export default function PrintPage() {
  return null;
}
