import { describe, expect, test } from "@odoo/hoot";
import { loadingHours } from "@vas_logistics/driver/loading_hours";

describe.current.tags("headless");

/** A moment of May 2030 in the phone's time zone. */
function when(day, hour) {
    const date = new Date(0);
    date.setFullYear(2030, 4, day);
    date.setHours(hour, 0, 0, 0);
    return date;
}

/** The same as the server writes it, in UTC. */
function at(day, hour) {
    return when(day, hour).toISOString().slice(0, 19).replace("T", " ");
}

const shop = [6, 7].flatMap((day) => [
    [at(day, 8), at(day, 12)],
    [at(day, 13), at(day, 17)],
]);

test("open at the moment asked about", () => {
    const now = loadingHours(shop, when(6, 9), true);
    expect(now.spans.length).toBe(2);
    expect(now.closed).toBe(false);
    expect(now.opens).toBe(null);
});

test("closed at noon, and when it opens again", () => {
    const noon = loadingHours(shop, when(6, 12), true);
    expect(noon.closed).toBe(true);
    expect(noon.opens.getHours()).toBe(13);
    const night = loadingHours(shop, when(6, 20), true);
    expect(night.opens.getDate()).toBe(7);
});

test("a day without hours, and hours over midnight", () => {
    const sunday = loadingHours(shop, when(9, 9), true);
    expect(sunday).toEqual({ spans: [], closed: true, opens: null });
    const market = [[at(6, 22), at(7, 4)]];
    expect(loadingHours(market, when(7, 3), true).closed).toBe(false);
    expect(loadingHours(market, when(7, 3), true).spans.length).toBe(1);
});

test("another day is not said to be closed now", () => {
    expect(loadingHours(shop, when(7, 20), false).closed).toBe(false);
});
