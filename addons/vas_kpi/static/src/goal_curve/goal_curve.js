import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 320;
const HEIGHT = 170;
const PAD = { left: 44, right: 16, top: 16, bottom: 30 };

/** Which share of the scores each threshold lets into a band. */
export class GoalCurve extends Component {
    static template = "vas_kpi.GoalCurve";
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data[this.props.name] || null;
    }

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get axes() {
        const values = this.data.points.map(([value]) => value);
        const low = Math.min(...values);
        const span = Math.max(...values) - low || 1;
        return {
            left: PAD.left,
            right: WIDTH - PAD.right,
            bottom: HEIGHT - PAD.bottom,
            low,
            high: low + span,
            x: (value) =>
                PAD.left + ((value - low) / span) * (WIDTH - PAD.left - PAD.right),
            y: (share) =>
                HEIGHT - PAD.bottom - share * (HEIGHT - PAD.top - PAD.bottom),
        };
    }

    /** A staircase: the share changes only where a score lies. */
    get path() {
        const { x, y } = this.axes;
        const parts = [];
        let before = null;
        for (const [value, share] of this.data.points) {
            if (before !== null) {
                parts.push(`L${x(value).toFixed(1)},${y(before).toFixed(1)}`);
            }
            const pen = before === null ? "M" : "L";
            parts.push(`${pen}${x(value).toFixed(1)},${y(share).toFixed(1)}`);
            before = share;
        }
        return parts.join(" ");
    }

    get found() {
        const { x, y } = this.axes;
        const [value, share, count] = this.data.found;
        return { x: x(value), y: y(share), value, share, count };
    }

    get wantedY() {
        return this.axes.y(this.data.wanted);
    }

    number(value) {
        return String(Number(value.toFixed(4)));
    }

    percent(share) {
        return `${(share * 100).toFixed(1)} %`;
    }

    /** The thresholds around the answer, for whoever does not read the picture. */
    get neighbours() {
        const index = this.data.points.findIndex(
            ([value]) => value === this.data.found[0]
        );
        return this.data.points
            .slice(Math.max(0, index - 3), index + 4)
            .map(([value, share, count]) => ({
                value: this.number(value),
                share: this.percent(share),
                count,
                answer: value === this.data.found[0],
            }));
    }
}

export const goalCurve = {
    component: GoalCurve,
    displayName: _t("Share of each threshold"),
    supportedTypes: ["json"],
};

registry.category("fields").add("vas_goal_curve", goalCurve);
