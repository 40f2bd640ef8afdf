// RoundPage stands here until it is built.
export default function RoundPage() {
  return null;
}
