import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { expect, it } from "vitest";
import { show } from "../test/render";
import { lazily } from "./lazily";

const part = { default: (props: { name: string }) => <p>Here is {props.name}</p> };

it("says that a part cannot be fetched, keeps the rest, and gets it later", async () => {
  let down = true;
  let asked = 0;
  const Part = lazily(async () => {
    asked++;
    if (down) throw new TypeError("Failed to fetch dynamically imported module");
    return part;
  });
  await show(
    <>
      <h1>The page</h1>
      <Suspense fallback={null}>
        <Part name="it" />
      </Suspense>
    </>,
  );
  expect(await screen.findByRole("alert")).toHaveTextContent("The server cannot be reached");
  expect(screen.getByRole("heading", { name: "The page" })).toBeVisible();
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("alert")).toBeVisible();
  down = false;
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Here is it")).toBeVisible();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  expect(asked).toBe(4);
});

it("asks once where all is well", async () => {
  let asked = 0;
  const Part = lazily(async () => {
    asked++;
    return part;
  });
  await show(
    <Suspense fallback={null}>
      <Part name="it" />
    </Suspense>,
  );
  expect(await screen.findByText("Here is it")).toBeVisible();
  expect(asked).toBe(1);
});
