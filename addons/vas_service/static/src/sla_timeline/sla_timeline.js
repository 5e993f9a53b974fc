import { _t } from "@web/core/l10n/translation";

/**
 * Geometry of a promise's life. Pure functions: instants are seconds since the epoch,
 * lengths are parts of the width (0 to 1). A row is one clock as the server sent it:
 * {id, name, state, label, segments: [{start, end, kind, reason, actor, seconds,
 * working}], markers: [{at, kind, label}]}.
 */

export const KINDS = ["counted", "paused", "closed_hours", "stopped"];

export function kindLabel(kind) {
    return {
        counted: _t("Counted"),
        paused: _t("Paused"),
        closed_hours: _t("Closed hours"),
        stopped: _t("Fulfilled, not counted"),
    }[kind];
}

/** First and last instant of all rows, never the same. */
export function spanOf(rows) {
    const instants = rows.flatMap((row) => [
        ...row.segments.flatMap((segment) => [segment.start, segment.end]),
        ...row.markers.map((marker) => marker.at),
    ]);
    if (!instants.length) {
        return { from: 0, to: 1 };
    }
    const from = Math.min(...instants);
    return { from, to: Math.max(Math.max(...instants), from + 1) };
}

/** Where an instant lies between the ends of a span. */
export function position(span, at) {
    return Math.min(Math.max((at - span.from) / (span.to - span.from), 0), 1);
}

/** Bars of a row; they follow each other as the segments do. */
export function barsOf(row, span) {
    return row.segments.map((segment, index) => {
        const left = position(span, segment.start);
        return {
            index,
            segment,
            kind: segment.kind,
            left,
            width: Math.max(position(span, segment.end) - left, 0),
        };
    });
}

/** Seconds of each kind; they add up to the whole life of the clock. */
export function totalsOf(row) {
    const totals = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
    for (const segment of row.segments) {
        totals[segment.kind] += segment.seconds;
    }
    return totals;
}

/** Segments of one day's hours side by side are told as one line of the table. */
export function linesOf(row) {
    const lines = [];
    for (const segment of row.segments) {
        const last = lines.at(-1);
        const routine = ["counted", "closed_hours"];
        if (last && routine.includes(segment.kind) && routine.includes(last.kind)) {
            last.end = segment.end;
            last.seconds += segment.seconds;
            last.working += segment.working;
            last.kind = last.working > 0 ? "counted" : last.kind;
        } else {
            lines.push({ ...segment });
        }
    }
    return lines;
}
