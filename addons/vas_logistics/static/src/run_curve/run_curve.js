import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 600;
const HEIGHT = 120;

/**
 * Points of a falling staircase: the best cost holds until a better one is found.
 *
 * @param {[number, number, number][]} curve seconds, cost and orders served
 * @returns {string} points of an SVG polyline
 */
export function staircase(curve) {
    if (!curve.length) {
        return "";
    }
    const last = curve[curve.length - 1][0] || 1;
    const costs = curve.map((point) => point[1]);
    const low = Math.min(...costs);
    const range = Math.max(...costs) - low || 1;
    const x = (seconds) => ((seconds / last) * WIDTH).toFixed(1);
    const y = (cost) => (HEIGHT - ((cost - low) / range) * (HEIGHT - 10) - 5).toFixed(1);
    const points = [];
    curve.forEach(([seconds, cost], index) => {
        if (index) {
            points.push(`${x(seconds)},${y(curve[index - 1][1])}`);
        }
        points.push(`${x(seconds)},${y(cost)}`);
    });
    return points.join(" ");
}

/** Best cost against seconds of a planning run. */
export class RunCurveField extends Component {
    static template = "vas_logistics.RunCurve";
    static props = { ...standardFieldProps };

    get curve() {
        return this.props.record.data[this.props.name] || [];
    }

    get points() {
        return staircase(this.curve);
    }

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get label() {
        const curve = this.curve;
        if (!curve.length) {
            return _t("No plan found yet.");
        }
        const [seconds, cost, served] = curve[curve.length - 1];
        return _t("Best cost %(cost)s with %(served)s orders, found after %(seconds)s s", {
            cost: cost.toFixed(2),
            served,
            seconds: seconds.toFixed(1),
        });
    }
}

export const runCurveField = {
    component: RunCurveField,
    displayName: _t("Planning curve"),
    supportedTypes: ["json", "jsonb"],
};

registry.category("fields").add("vas_run_curve", runCurveField);
