import { Component, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 320;
const HEIGHT = 200;
const PAD = { left: 44, right: 16, top: 20, bottom: 34 };
/** Pixels that a label needs beside the one before it. */
const LABEL_WIDTH = 46;
const COMMIT_DELAY = 250;

/** The largest of 1, 2 and 5 times a power of ten that is not above `size`. */
export function niceStep(size) {
    const power = 10 ** Math.floor(Math.log10(size));
    const factor = [5, 2, 1].find((one) => one * power <= size * (1 + 1e-9));
    return factor * power;
}

/** Round to a step without the noise of floating point numbers. */
export function snap(value, step) {
    return Number((Math.round(value / step) * step).toPrecision(12));
}

/**
 * Draws how values become points. The samples come from the server, so the picture and
 * the score are computed by the same code; the table says the same in numbers. The
 * points of a line scale are moved by pointer or by arrow keys; they are numbers in the
 * list beside the picture all the same.
 */
export class ScaleCurve extends Component {
    static template = "vas_kpi.ScaleCurve";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.svg = useRef("svg");
        this.state = useState({ moved: null, tried: null, typed: "", error: "" });
        this.drag = null;
        this.commitSoon = useDebounced(() => this.commit(), COMMIT_DELAY);
        onWillUpdateProps(() => {
            if (!this.drag) {
                this.state.moved = null;
            }
        });
    }

    get data() {
        return this.props.record.data[this.props.name] || null;
    }

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get title() {
        return _t("Points for each value");
    }

    /** The list records behind the points; empty when they cannot be moved here. */
    get lines() {
        const { record } = this.props;
        const list = record.data.line_ids;
        const known = this.data.kind === "knots" && list && record.isInEdition;
        return known && list.records.length === this.data.knots.length ? list.records : [];
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
        const spanY = maxY - minY;
        const width = WIDTH - PAD.left - PAD.right;
        const height = HEIGHT - PAD.top - PAD.bottom;
        return {
            minX,
            maxX,
            minY,
            maxY,
            stepX: niceStep(spanX / 100),
            stepY: niceStep(spanY / 100),
            x: (value) => PAD.left + ((value - minX) / spanX) * width,
            y: (value) => HEIGHT - PAD.bottom - ((value - minY) / spanY) * height,
            value: (x) => minX + ((x - PAD.left) / width) * spanX,
            points: (y) => minY + ((HEIGHT - PAD.bottom - y) / height) * spanY,
        };
    }

    /** SVG path; a gap is left where a value earns no points at all. */
    get path() {
        const { x, y } = this.axes;
        if (this.state.moved) {
            return this.knots
                .slice()
                .sort((one, other) => one.value - other.value)
                .map(({ cx, cy }, index) => `${index ? "L" : "M"}${cx},${cy}`)
                .join(" ");
        }
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
        const { minX, maxX, minY, maxY, x, y } = this.axes;
        return {
            x1: x(minX),
            x2: x(maxX),
            y: y(minY),
            top: y(maxY),
            low: this.number(minY),
            high: this.number(maxY),
        };
    }

    get marks() {
        const { x, y } = this.axes;
        let right = -Infinity;
        return this.data.marks.map((mark, index) => {
            const cx = x(mark.value);
            const labelled = cx - right >= LABEL_WIDTH;
            right = labelled ? cx : right;
            return {
                ...mark,
                key: index,
                cx,
                cy: mark.points === null ? null : y(mark.points),
                labelled,
                text: this.pointsText(mark.points),
            };
        });
    }

    /** Points of a line scale in the order of the list, the moved one where it is. */
    get knots() {
        const { x, y } = this.axes;
        return (this.data.knots || []).map(([value, points], index) => {
            const moved = this.state.moved;
            const at = moved && moved.index === index ? moved : { value, points };
            return {
                index,
                value: at.value,
                points: at.points,
                cx: x(at.value).toFixed(1),
                cy: y(at.points).toFixed(1),
                text: _t("Value %(value)s gives %(points)s points", {
                    value: this.valueText(at.value),
                    points: this.number(at.points),
                }),
            };
        });
    }

    get overlaps() {
        const { x, minX, maxX, maxY, minY, y } = this.axes;
        return (this.data.overlaps || []).map(([low, high], key) => {
            const left = x(Math.max(minX, low ?? minX));
            const right = x(Math.min(maxX, high ?? maxX));
            return {
                key,
                x: left - 1,
                width: Math.max(2, right - left),
                y: y(maxY),
                height: y(minY) - y(maxY),
            };
        });
    }

    /** The value that is marked: the one typed here, else the measured one. */
    get current() {
        const current = this.state.tried || this.data.current;
        if (!current) {
            return null;
        }
        const { minX, maxX, minY, x, y } = this.axes;
        const cx = x(Math.min(maxX, Math.max(minX, current.value)));
        const cy = y(current.points ?? minY);
        return {
            ...current,
            cx,
            cy: Math.max(PAD.top, Math.min(HEIGHT - PAD.bottom, cy)),
            bottom: y(minY),
            pointsText: this.pointsText(current.points),
        };
    }

    number(value) {
        return String(Number(value.toFixed(4)));
    }

    pointsText(points) {
        return points === null || points === undefined ? "–" : this.number(points);
    }

    valueText(value) {
        return this.data.format === "percent"
            ? `${Number((value * 100).toFixed(4))} %`
            : String(Number(value.toFixed(6)));
    }

    // ------------------------------------------------------------------ moving knots
    /** Keep a knot between its neighbours, where the order of the knots stays. */
    move(index, value, points) {
        const { stepX, stepY } = this.axes;
        const others = this.data.knots
            .filter((_knot, other) => other !== index)
            .map(([other]) => other);
        const own = this.data.knots[index][0];
        const low = Math.max(...others.filter((other) => other < own), -Infinity);
        const high = Math.min(...others.filter((other) => other > own), Infinity);
        const snapped = snap(value, stepX);
        this.state.moved = {
            index,
            value: Math.min(
                Math.max(snapped, low === -Infinity ? snapped : snap(low + stepX, stepX)),
                high === Infinity ? snapped : snap(high - stepX, stepX)
            ),
            points: snap(points, stepY),
        };
    }

    async commit() {
        const moved = this.state.moved;
        const line = moved && this.lines[moved.index];
        if (line) {
            await line.update({ value: moved.value, points: moved.points });
        }
    }

    onKeydown(ev, knot) {
        const { stepX, stepY } = this.axes;
        const times = ev.shiftKey ? 10 : 1;
        const steps = {
            ArrowLeft: [-stepX, 0],
            ArrowRight: [stepX, 0],
            ArrowUp: [0, stepY],
            ArrowDown: [0, -stepY],
        };
        if (ev.key === "Escape" && this.state.moved) {
            this.commitSoon.cancel();
            this.state.moved = null;
            ev.stopPropagation();
            return;
        }
        const step = steps[ev.key];
        if (!step || !this.lines.length) {
            return;
        }
        ev.preventDefault();
        this.move(knot.index, knot.value + step[0] * times, knot.points + step[1] * times);
        this.commitSoon();
    }

    onPointerdown(ev, knot) {
        if (!this.lines.length) {
            return;
        }
        ev.preventDefault();
        ev.target.focus();
        ev.target.setPointerCapture(ev.pointerId);
        this.drag = knot.index;
    }

    onPointermove(ev) {
        if (this.drag === null) {
            return;
        }
        // The picture may be letterboxed in its element: only the matrix knows.
        const matrix = this.svg.el.getScreenCTM();
        const { value, points } = this.axes;
        this.move(
            this.drag,
            value((ev.clientX - matrix.e) / matrix.a),
            points((ev.clientY - matrix.f) / matrix.d)
        );
    }

    async onPointerup() {
        if (this.drag === null) {
            return;
        }
        this.drag = null;
        await this.commit();
    }

    // ---------------------------------------------------------------- trying a value
    async onTry(ev) {
        const text = ev.target.value.trim();
        Object.assign(this.state, { typed: text, error: "", tried: null });
        if (!text) {
            return;
        }
        try {
            this.state.tried = await this.orm.silent.call("vas.scale", "try_value", [
                this.data.definition,
                this.data.format,
                text,
            ]);
        } catch (error) {
            if (!error.data) {
                throw error;
            }
            this.state.error = error.data.message;
        }
    }
}

export const scaleCurve = {
    component: ScaleCurve,
    displayName: _t("Curve of a scale"),
    supportedTypes: ["json"],
};

registry.category("fields").add("vas_scale_curve", scaleCurve);
