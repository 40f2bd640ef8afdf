// ListPage stands here until it is built.
export default function ListPage() {
  return null;
}
