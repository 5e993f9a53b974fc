import { Component, useState } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { durationInWords } from "../sla/sla_clock";
import { KINDS, barsOf, kindLabel, linesOf, position, spanOf, totalsOf } from "./sla_timeline";

const { DateTime } = luxon;
// Units of the drawing; it is scaled to the width of the page.
const WIDTH = 1000;
const ROW = 54;
const BAR = 20;
const TOP = 24;

/** The life of promises as a picture, with the same facts as a table below. */
export class SlaTimelineField extends Component {
    static template = "vas_service.SlaTimeline";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ row: null, index: null });
        this.width = WIDTH;
        this.bar = BAR;
        this.top = TOP;
    }

    get value() {
        return this.props.record.data[this.props.name] || { rows: [], now: 0 };
    }

    get rows() {
        return this.value.rows.filter((row) => row.segments.length);
    }

    get span() {
        return spanOf(this.rows);
    }

    get height() {
        return TOP + this.rows.length * ROW;
    }

    get legend() {
        const present = new Set(
            this.rows.flatMap((row) => row.segments.map((segment) => segment.kind))
        );
        return KINDS.filter((kind) => present.has(kind)).map((kind) => ({
            kind,
            label: kindLabel(kind),
        }));
    }

    x(at) {
        return position(this.span, at) * WIDTH;
    }

    y(index) {
        return TOP + index * ROW + 22;
    }

    bars(row) {
        return barsOf(row, this.span).map((bar) => ({
            ...bar,
            x: bar.left * WIDTH,
            // A pause of a minute in a week is still seen.
            width: Math.max(bar.width * WIDTH, 1.5),
        }));
    }

    lines(row) {
        return linesOf(row);
    }

    totals(row) {
        const totals = totalsOf(row);
        return KINDS.filter((kind) => totals[kind] > 0).map((kind) =>
            _t("%(kind)s: %(time)s", {
                kind: kindLabel(kind),
                time: durationInWords(totals[kind]),
            })
        );
    }

    get showNow() {
        return this.value.now >= this.span.from && this.value.now <= this.span.to;
    }

    kind(segment) {
        return kindLabel(segment.kind);
    }

    date(seconds) {
        return formatDateTime(DateTime.fromSeconds(seconds), { showSeconds: false });
    }

    time(seconds) {
        return durationInWords(seconds);
    }

    describe(segment) {
        return [
            kindLabel(segment.kind),
            _t("%(start)s to %(end)s", {
                start: this.date(segment.start),
                end: this.date(segment.end),
            }),
            durationInWords(segment.seconds),
            segment.reason,
            segment.actor,
        ]
            .filter(Boolean)
            .join(" · ");
    }

    get chosen() {
        const row = this.rows.find((candidate) => candidate.id === this.state.row);
        return row && row.segments[this.state.index];
    }

    choose(row, index) {
        this.state.row = row.id;
        this.state.index = index;
    }

    /** To the earlier (-1) or later (1) piece of the chosen clock. */
    step(direction) {
        const row = this.rows.find((candidate) => candidate.id === this.state.row);
        if (!row) {
            if (this.rows.length) {
                this.choose(this.rows[0], 0);
            }
            return;
        }
        const last = row.segments.length - 1;
        this.state.index = Math.min(Math.max(this.state.index + direction, 0), last);
    }

    onKeydown(ev) {
        const direction = { ArrowLeft: -1, ArrowRight: 1 }[ev.key];
        if (direction) {
            ev.preventDefault();
            ev.stopPropagation();
            this.step(direction);
        }
    }
}

registry.category("fields").add("vas_sla_timeline", {
    component: SlaTimelineField,
    displayName: _t("Timeline of promises"),
    supportedTypes: ["json"],
});
