import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 320;
const HEIGHT = 190;
const PAD = { left: 44, right: 16, top: 16, bottom: 34 };

/**
 * Draws how values become points. The samples come from the server, so the picture and
 * the score are computed by the same code; the table says the same in numbers.
 */
export class ScaleCurve extends Component {
    static template = "vas_kpi.ScaleCurve";
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data[this.props.name] || null;
    }

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get title() {
        return _t("Points for each value");
    }

    /** Axis ranges and the functions that place a value or points on the picture. */
    get axes() {
        const samples = this.data.samples;
        const points = samples.map(([, y]) => y).filter((y) => y !== null);
        const minX = samples[0][0];
        const maxX = samples[samples.length - 1][0];
        const minY = Math.min(0, ...points);
        const maxY = Math.max(minY + 1e-9, ...points);
        const spanX = maxX - minX || 1;
        const x = (value) =>
            PAD.left + ((value - minX) / spanX) * (WIDTH - PAD.left - PAD.right);
        const y = (value) =>
            HEIGHT -
            PAD.bottom -
            ((value - minY) / (maxY - minY)) * (HEIGHT - PAD.top - PAD.bottom);
        return { minY, maxY, x, y };
    }

    /** SVG path; a gap is left where a value earns no points at all. */
    get path() {
        const { x, y } = this.axes;
        let pen = false;
        const parts = [];
        for (const [value, points] of this.data.samples) {
            if (points === null) {
                pen = false;
                continue;
            }
            parts.push(`${pen ? "L" : "M"}${x(value).toFixed(1)},${y(points).toFixed(1)}`);
            pen = true;
        }
        return parts.join(" ");
    }

    get base() {
        const { minY, x, y } = this.axes;
        const samples = this.data.samples;
        return {
            x1: x(samples[0][0]),
            x2: x(samples[samples.length - 1][0]),
            y: y(minY),
        };
    }

    get marks() {
        const { x, y } = this.axes;
        return this.data.marks.map((mark, index) => ({
            ...mark,
            key: index,
            cx: x(mark.value),
            cy: mark.points === null ? null : y(mark.points),
            text: mark.points === null ? "–" : String(Number(mark.points.toFixed(4))),
        }));
    }
}

export const scaleCurve = {
    component: ScaleCurve,
    displayName: _t("Curve of a scale"),
    supportedTypes: ["json"],
};

registry.category("fields").add("vas_scale_curve", scaleCurve);
