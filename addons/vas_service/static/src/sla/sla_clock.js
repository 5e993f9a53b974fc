import { _t } from "@web/core/l10n/translation";

/**
 * What a promise clock shows at an instant. Pure functions: instants and durations are
 * seconds, `clock` is what the server sent (see `_get_screen_values`).
 */

const URGENCY = ["breached", "at_risk", "running", "paused", "late", "met"];

const LOOKS = {
    running: { icon: "fa-clock-o", color: "text-info" },
    at_risk: { icon: "fa-exclamation-triangle", color: "text-warning" },
    paused: { icon: "fa-pause", color: "text-muted" },
    breached: { icon: "fa-times-circle", color: "text-danger" },
    met: { icon: "fa-check", color: "text-success" },
    late: { icon: "fa-check-circle-o", color: "text-danger" },
    withdrawn: { icon: "fa-ban", color: "text-muted" },
};

/** Words of the states; the server's labels follow the same terms. */
export function stateLabel(state) {
    return {
        running: _t("Running"),
        at_risk: _t("At risk"),
        paused: _t("Paused"),
        breached: _t("Breached"),
        met: _t("Met"),
        late: _t("Met late"),
        withdrawn: _t("Withdrawn"),
    }[state];
}

/** State at `now`: a running clock turns at risk and breached on its own. */
export function stateAt(clock, now) {
    if (!["running", "at_risk"].includes(clock.state)) {
        return clock.state;
    }
    if (now > clock.deadline) {
        return "breached";
    }
    return clock.at_risk_from && now >= clock.at_risk_from ? "at_risk" : "running";
}

/** Seconds of `openings` between two instants. */
export function openSeconds(openings, from, to) {
    let total = 0;
    for (const [start, end] of openings) {
        total += Math.max(Math.min(end, to) - Math.max(start, from), 0);
    }
    return total;
}

/** Whether the calendar of a clock is open at `now`. */
export function isOpen(clock, now) {
    return clock.openings.some(([start, end]) => start <= now && now < end);
}

/**
 * Working seconds left at `now`, negative when overdue. It is counted on from what the
 * server said at `readAt`, and stands still while paused, stopped or closed.
 */
export function secondsLeft(clock, readAt, now) {
    if (clock.stopped_at || clock.paused_since) {
        return clock.left;
    }
    return clock.left - openSeconds(clock.openings, readAt, now);
}

/** At most two units, largest first; never negative. */
export function durationInWords(seconds) {
    const whole = Math.round(Math.abs(seconds));
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor((whole % 3600) / 60);
    const rest = whole % 60;
    if (hours) {
        return minutes ? _t("%s h %s min", hours, minutes) : _t("%s h", hours);
    }
    if (minutes) {
        return rest ? _t("%s min %s s", minutes, rest) : _t("%s min", minutes);
    }
    return _t("%s s", rest);
}

/** Everything a template needs to draw one clock. */
export function viewOf(clock, readAt, now) {
    const state = stateAt(clock, now);
    const left = secondsLeft(clock, readAt, now);
    const time = durationInWords(left);
    let text = "";
    if (state === "breached" || state === "late") {
        text = state === "late" ? _t("%s late", time) : _t("overdue by %s", time);
    } else if (state !== "met" && state !== "withdrawn") {
        text = _t("%s left", time);
    }
    return {
        id: clock.id,
        clock,
        state,
        text,
        label: stateLabel(state),
        name: clock.name,
        icon: LOOKS[state].icon,
        color: LOOKS[state].color,
        left,
        closed: !clock.stopped_at && !clock.paused_since && !isOpen(clock, now),
        fast: !clock.stopped_at && !clock.paused_since && Math.abs(left) < 3600,
        ticks: !clock.stopped_at && !clock.paused_since,
    };
}

/** Views of all clocks, most urgent first. */
export function viewsOf(clocks, readAt, now) {
    return clocks
        .map((clock) => viewOf(clock, readAt, now))
        .sort(
            (a, b) =>
                URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) ||
                a.clock.deadline - b.clock.deadline
        );
}
