import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { useFormat } from "../../common";
import { Fake } from "../testing/fake";
import { show } from "../testing/render";
import { ago, now, series } from "../testing/sample";
import Charts from "./Charts";

const point = { id: "h", time: ago(5 * 24 * 60), value: 171, text: "171" };
const height = { vital: "height", label: "Body height", unit: "cm", points: [point] };

function Page() {
  return <Charts series={[...series(), height]} now={now} format={useFormat()} />;
}

const open = () => show(<Page />, new Fake(), { path: "/", route: "/" });

describe("charts", () => {
  it("GTAB-145, 147: are stacked, one for each vital sign, with a sentence for those who do not see them", async () => {
    await open();
    const graphs = screen.getAllByRole("img");
    expect(graphs).toHaveLength(6);
    expect(graphs[0]).toHaveAccessibleName(
      "Heart rate /min, 22-Nov-2026 15:00 to 23-Nov-2026 15:00: 6 measurements, newest 72 at 23-Nov-2026 14:02, " +
        "lowest 72, highest 104. The one before was 88. Normal for adults 60–100",
    );
  });

  it("GTAB-027, 036, 045…047: name, unit, newest value large and the one before stand above", async () => {
    await open();
    const [hr] = screen.getAllByRole("figure");
    expect(hr).toHaveTextContent(
      "Heart rate /min72 23-Nov-2026 14:02before 88 23-Nov-2026 10:02 Normal for adults 60–100",
    );
    expect(within(hr as HTMLElement).getByText("72").tagName).toBe("STRONG");
  });

  it("GTAB-064, 065: arrow keys move one line through all graphs, and it is read out", async () => {
    await open();
    const line = screen.getByRole("slider");
    line.focus();
    await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
    expect(line).toHaveAttribute(
      "aria-valuetext",
      "23-Nov-2026 10:02. Heart rate 88 /min. Blood pressure 124/78 mmHg. Respiratory rate 18 /min. Oxygen saturation 95 %",
    );
    expect(document.querySelectorAll("svg line[class*=focusLine]")).toHaveLength(6);
    await userEvent.keyboard("{Escape}");
    expect(document.querySelectorAll("svg line[class*=focusLine]")).toHaveLength(0);
  });

  it("GTAB-096: has fixed ranges of time", async () => {
    await open();
    await userEvent.click(await screen.findByRole("radio", { name: "3 days" }));
    expect(screen.getByText(/20-Nov-2026 15:00 to 23-Nov-2026 15:00/)).toBeVisible();
  });

  it("GTAB-029, 189: the table has the same values, newest on top, one unit a column", async () => {
    await open();
    await userEvent.click(await screen.findByRole("button", { name: "View as table" }));
    const rows = screen.getAllByRole("row");
    expect(rows[0]).toHaveTextContent("TimeHeart rate /minBlood pressure mmHg");
    expect(rows[1]).toHaveTextContent("23-Nov-2026 14:0272118/761697");
    const hr = series()[0]?.points.filter((p) => Date.parse(p.time) >= now - 24 * 3_600_000) ?? [];
    expect(rows).toHaveLength(1 + hr.length);
  });

  it("a graph without measurements in the range says so, and keeps its newest value", async () => {
    await open();
    const height = screen.getAllByRole("figure").at(-1) as HTMLElement;
    expect(height).toHaveTextContent(
      /^Height cm171 18-Nov-2026 14:32Nothing measured in this range of time.$/,
    );
    expect(within(height).queryByRole("img")).toBeNull();
  });

  it("GTAB-165: lines between points can be left out", async () => {
    await open();
    expect(document.querySelectorAll("polyline").length).toBeGreaterThan(0);
    await userEvent.click(await screen.findByRole("checkbox", { name: "Join points" }));
    expect(document.querySelectorAll("polyline")).toHaveLength(0);
  });
});
