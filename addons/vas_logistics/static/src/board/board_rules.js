/**
 * What the board can say by itself, before the server is asked.
 *
 * Loads are kilograms and cubic metres; a vehicle without cargo classes loads all goods.
 */

/** The heaviest load on board over the legs of a trip, per unit. */
export function peak(trip) {
    return {
        kg: Math.max(0, ...trip.legs.map((leg) => leg.kg)),
        m3: Math.max(0, ...trip.legs.map((leg) => leg.m3)),
    };
}

/**
 * What a lane shows while an order is dragged over it.
 *
 * "refused": never fits; "warning": fits only if other goods leave before; "ok".
 */
export function guess(order, trip) {
    const { vehicle } = trip;
    if (trip.state !== "proposed" || trip.locked) {
        return "refused";
    }
    if (trip.orders.includes(order.id)) {
        return "same";
    }
    const wrong =
        vehicle.classes.length &&
        order.cargo_class &&
        !vehicle.classes.includes(order.cargo_class);
    if (wrong || order.kg > vehicle.kg || order.m3 > vehicle.m3) {
        return "refused";
    }
    const top = peak(trip);
    const tight = top.kg + order.kg > vehicle.kg || top.m3 + order.m3 > vehicle.m3;
    return tight ? "warning" : "ok";
}

/** Legs as bars: share of the capacity, and the excess in words' numbers. */
export function legBars(trip, warning) {
    const { kg, m3 } = trip.vehicle;
    return trip.legs.map((leg) => {
        const rates = { kg: kg ? leg.kg / kg : 0, m3: m3 ? leg.m3 / m3 : 0 };
        const top = Math.max(rates.kg, rates.m3);
        return {
            ...leg,
            rates,
            top,
            overKg: kg ? Math.max(leg.kg - kg, 0) : 0,
            overM3: m3 ? Math.max(leg.m3 - m3, 0) : 0,
            level: top > 1.00001 ? "over" : warning && top >= warning ? "tight" : "free",
        };
    });
}

/** The leg with the highest load rate; nothing for a trip without legs. */
export function fullestLeg(bars) {
    return bars.reduce((best, leg) => (!best || leg.top > best.top ? leg : best), null);
}

/** Orders whose number, shipper, place or goods contain every word typed. */
export function matches(order, text) {
    const hay = [order.name, order.shipper, order.origin, order.destination, order.goods]
        .join(" ")
        .toLowerCase();
    return text
        .toLowerCase()
        .split(/\s+/)
        .every((part) => hay.includes(part));
}

/** Parts of the time of a trip in minutes: driving, then at the stop. */
export function timeParts(trip, toMillis) {
    const parts = [];
    trip.stops.forEach((stop, index) => {
        const before = trip.stops[index - 1];
        const arrival = toMillis(stop.arrival);
        const departure = toMillis(stop.departure);
        if (before) {
            parts.push({
                kind: "drive",
                minutes: Math.max(Math.round((arrival - toMillis(before.departure)) / 60000), 0),
                from: before.outlet,
                to: stop.outlet,
            });
        }
        parts.push({
            kind: "stop",
            minutes: Math.max(Math.round((departure - arrival) / 60000), 0),
            from: stop.outlet,
            to: stop.outlet,
        });
    });
    return parts;
}

/** The last moves, newest last; older than the limit is forgotten. */
export class UndoStack {
    constructor(limit = 20) {
        this.limit = limit;
        this.moves = [];
    }

    push(move) {
        this.moves.push(move);
        this.moves.splice(0, Math.max(this.moves.length - this.limit, 0));
    }

    pop() {
        return this.moves.pop();
    }

    clear() {
        this.moves = [];
    }

    get size() {
        return this.moves.length;
    }
}
