// StartPage stands here until it is built.
export default function StartPage() {
  return null;
}
