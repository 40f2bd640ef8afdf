// ConnectPage stands here until it is built.
export default function ConnectPage() {
  return null;
}
