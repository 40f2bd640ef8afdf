// ListsPage stands here until it is built.
export default function ListsPage() {
  return null;
}
