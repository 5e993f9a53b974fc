import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 110;
const HEIGHT = 28;
const MARGIN = 4;

/**
 * Place points of a history on a small line chart.
 *
 * @param {{points: number}[]} history the oldest first
 * @param {number} width
 * @param {number} height
 * @param {number} margin
 * @returns {{x: number, y: number}[]}
 */
export function sparkline(history, width, height, margin) {
    const values = history.map((item) => item.points);
    const low = Math.min(...values);
    const span = Math.max(...values) - low;
    const step = history.length > 1 ? (width - 2 * margin) / (history.length - 1) : 0;
    return values.map((value, index) => ({
        x: margin + index * step,
        y: span
            ? height - margin - ((value - low) / span) * (height - 2 * margin)
            : height / 2,
    }));
}

/** A history of scores as a small line; the same values as text for everybody else. */
export class Sparkline extends Component {
    static template = "vas_kpi.Sparkline";
    static props = { ...standardFieldProps };

    get width() {
        return WIDTH;
    }

    get height() {
        return HEIGHT;
    }

    get history() {
        return this.props.record.data[this.props.name] || [];
    }

    get points() {
        return sparkline(this.history, WIDTH, HEIGHT, MARGIN);
    }

    get polyline() {
        return this.points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
    }

    get last() {
        return this.points[this.points.length - 1];
    }

    get text() {
        return this.history.map((item) => `${item.period}: ${item.label}`).join("; ");
    }
}

export const sparklineField = {
    component: Sparkline,
    displayName: _t("Small trend line"),
    supportedTypes: ["json"],
};

registry.category("fields").add("vas_sparkline", sparklineField);
