import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { show } from "../test/render";
import { ConflictDialog } from "./conflict";

const conflict = {
  mine: "Review antibiotics at 18:00",
  theirs: "Stop antibiotics",
  by: "Ward nurse",
  at: "2026-11-23T14:32:00Z",
};

async function open() {
  const did = { keep: vi.fn(), take: vi.fn(), close: vi.fn() };
  await show(<ConflictDialog conflict={conflict} onKeep={did.keep} onTake={did.take} onClose={did.close} />);
  await screen.findByRole("dialog");
  return did;
}

it("shows both texts, and whose the other is", async () => {
  await open();
  expect(screen.getByText(conflict.mine)).toBeInTheDocument();
  expect(screen.getByText(conflict.theirs)).toBeInTheDocument();
  expect(screen.getByText("Ward nurse, 23-Nov-2026 14:32")).toBeInTheDocument();
});

it("keeps mine", async () => {
  const did = await open();
  await userEvent.click(await screen.findByRole("button", { name: "Keep mine" }));
  expect(did.keep).toHaveBeenCalledExactlyOnceWith(conflict.mine);
});

it("takes theirs", async () => {
  const did = await open();
  await userEvent.click(await screen.findByRole("button", { name: "Take theirs" }));
  expect(did.take).toHaveBeenCalledOnce();
  expect(did.keep).not.toHaveBeenCalled();
});

it("merges by hand, beginning with both", async () => {
  const did = await open();
  await userEvent.click(await screen.findByRole("button", { name: "Merge by hand" }));
  const box = screen.getByRole("textbox", { name: "Merged text" });
  expect(box).toHaveValue(`${conflict.theirs}\n${conflict.mine}`);
  await userEvent.clear(box);
  await userEvent.type(box, "Stop at 18:00");
  await userEvent.click(await screen.findByRole("button", { name: "Save the merged text" }));
  expect(did.keep).toHaveBeenCalledExactlyOnceWith("Stop at 18:00");
});

it("decides nothing on Escape", async () => {
  const did = await open();
  await userEvent.keyboard("{Escape}");
  expect(did.close).toHaveBeenCalledOnce();
  expect(did.keep).not.toHaveBeenCalled();
  expect(did.take).not.toHaveBeenCalled();
});
