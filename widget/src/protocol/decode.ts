// Reads what the server sends. A broken or unknown event is dropped rather than rendered: a newer server may send kinds
// of event that this widget does not know, and one bad record must not take the page down.

import type { Citation, Product, ServerEvent } from "./types";

type Json = Record<string, unknown>;

/** The event in this JSON text, or null if it is not one that the widget can show. */
export function decodeEvent(json: string): ServerEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  return isObject(value) && isEvent(value) ? clean(value) : null;
}

function isEvent(value: Json): value is Json & ServerEvent {
  if (value["type"] === "error") {
    return isString(value["code"]) && isString(value["message"]) && isOptionalString(value["id"]);
  }
  if (!isString(value["id"])) return false;
  switch (value["type"]) {
    case "start":
      return isString(value["source"]);
    case "delta":
      return Number.isSafeInteger(value["seq"]) && isString(value["text"]);
    case "cards":
      return Array.isArray(value["products"]);
    case "done":
      return isString(value["source"]);
    default:
      return false;
  }
}

/** The event with its lists reduced to the entries that can be shown. */
function clean(event: ServerEvent): ServerEvent {
  if (event.type === "cards") return { ...event, products: products(event.products) };
  if (event.type === "done") return { ...event, citations: citations(event.citations) };
  return event;
}

/** Those of the values that are product cards. */
export function products(values: unknown): readonly Product[] {
  return list(values).filter((value): value is Product & Json => {
    if (!isObject(value)) return false;
    const price = value["price"];
    return (
      isString(value["id"]) &&
      isString(value["title"]) &&
      isString(value["url"]) &&
      isStrings(value["authors"]) &&
      isStrings(value["genres"]) &&
      isObject(price) &&
      typeof price["amount"] === "number" &&
      isString(price["currency"])
    );
  });
}

/** Those of the values that are citations. */
export function citations(values: unknown): readonly Citation[] {
  return list(values).filter(
    (value): value is Citation & Json => isObject(value) && isString(value["id"]) && isString(value["title"]),
  );
}

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isOptionalString(value: unknown): boolean {
  return value === undefined || isString(value);
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString);
}
