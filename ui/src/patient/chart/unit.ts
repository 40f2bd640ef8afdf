/** Units as they are written, by the code of UCUM that a record has (GTAB-032). */
const written: Record<string, string> = {
  "mm[Hg]": "mmHg",
  Cel: "°C",
  "[degF]": "°F",
  "[lb_av]": "lb",
  "[in_i]": "in",
  "kg/m2": "kg/m²",
  "{beats}/min": "/min",
  "{breaths}/min": "/min",
  "{score}": "",
  "1": "",
};

export function unitText(unit: string): string {
  return written[unit] ?? unit;
}
