// PatientPage stands here until it is built.
export default function PatientPage() {
  return null;
}
