// SpacesPage stands here until it is built.
export default function SpacesPage() {
  return null;
}
