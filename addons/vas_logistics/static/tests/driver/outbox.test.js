import { describe, expect, test } from "@odoo/hoot";
import { Outbox } from "@vas_logistics/driver/outbox";

describe.current.tags("headless");

/** A phone: what is saved survives a new page; the network can be switched off. */
function phone() {
    const device = { saved: [], online: true, sent: [], refuse: {}, refused: [], counts: [] };
    let number = 0;
    device.open = () =>
        new Outbox(
            {
                load: async () => structuredClone(device.saved),
                save: async (items) => {
                    device.saved = structuredClone(items);
                },
            },
            async (item) => {
                if (!device.online) {
                    return { settled: false };
                }
                device.sent.push(item.kind);
                if (device.refuse[item.kind]) {
                    return { settled: true, refused: device.refuse[item.kind] };
                }
                return { settled: true, answer: { state: item.kind } };
            },
            {
                newKey: () => `key-${++number}`,
                onChange: (count) => device.counts.push(count),
                onRefused: (item, text) => device.refused.push([item.kind, text]),
            }
        );
    return device;
}

test("reports made offline are kept and sent in their order", async () => {
    const device = phone();
    const box = device.open();
    await box.start();
    device.online = false;
    await box.add({ kind: "arrived" });
    await box.add({ kind: "delivered" });
    expect(box.size).toBe(2);
    expect(device.sent).toEqual([]);
    expect(device.saved.map((item) => item.kind)).toEqual(["arrived", "delivered"]);
    device.online = true;
    await box.flush();
    expect(device.sent).toEqual(["arrived", "delivered"]);
    expect(box.size).toBe(0);
    expect(device.saved).toEqual([]);
});

test("a page that is closed and opened again goes on with the same keys", async () => {
    const device = phone();
    device.online = false;
    const first = device.open();
    await first.start();
    await first.add({ kind: "arrived" });
    const key = device.saved[0].key;
    device.online = true;
    const keys = [];
    const second = device.open();
    const send = second.send;
    second.send = (item) => {
        keys.push(item.key);
        return send(item);
    };
    await second.start();
    expect(keys).toEqual([key]);
    expect(second.size).toBe(0);
});

test("an answer that was lost is asked for again with the same key", async () => {
    const device = phone();
    const box = device.open();
    const keys = [];
    let lost = true;
    box.send = async (item) => {
        keys.push(item.key);
        if (lost) {
            lost = false;
            return { settled: false };
        }
        return { settled: true };
    };
    await box.start();
    await box.add({ kind: "delivered" });
    expect(box.size).toBe(1);
    await box.flush();
    expect(keys[0]).toBe(keys[1]);
    expect(box.size).toBe(0);
});

test("what the server refuses does not block the rest and is told", async () => {
    const device = phone();
    device.refuse.problem = "Please take a photo.";
    device.online = false;
    const box = device.open();
    await box.start();
    await box.add({ kind: "problem" });
    await box.add({ kind: "arrived" });
    device.online = true;
    await box.flush();
    expect(device.refused).toEqual([["problem", "Please take a photo."]]);
    expect(device.sent).toEqual(["problem", "arrived"]);
    expect(box.size).toBe(0);
});

test("two flushes at a time send nothing twice", async () => {
    const device = phone();
    device.online = false;
    const box = device.open();
    await box.start();
    await box.add({ kind: "arrived" });
    device.online = true;
    await Promise.all([box.flush(), box.flush(), box.flush()]);
    expect(device.sent).toEqual(["arrived"]);
});
