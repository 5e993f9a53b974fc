import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const SIZE = 260;
const RADIUS = 88;
const RINGS = [0.25, 0.5, 0.75, 1];
/** A radar needs at least a triangle, and more than a dozen axes cannot be told apart. */
const RADAR_AXES = [3, 12];

/**
 * Corners of a radar with the first axis upwards, clockwise.
 *
 * @param {(number|null)[]} shares 0…1 per axis; null is drawn in the centre
 * @returns {{x: number, y: number}[]}
 */
export function radarPoints(shares, centre, radius) {
    return shares.map((share, index) => {
        const angle = (index / shares.length) * 2 * Math.PI - Math.PI / 2;
        const length = Math.max(0, Math.min(1, share ?? 0)) * radius;
        return {
            x: centre + Math.cos(angle) * length,
            y: centre + Math.sin(angle) * length,
        };
    });
}

/** Points per criterion as bars with numbers, or as a radar; the period before beside. */
export class CriteriaChart extends Component {
    static template = "vas_kpi.CriteriaChart";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ kind: "bars" });
    }

    get data() {
        return this.props.record.data[this.props.name] || null;
    }

    get items() {
        return (this.data?.items || []).map((item, key) => ({
            ...item,
            key,
            width: item.counts ? Math.max(0, Math.min(100, item.share * 100)) : 0,
            percent: item.counts ? `${Math.round(item.share * 100)} %` : "–",
            beforeText:
                item.before === null || item.before === undefined
                    ? ""
                    : `${Math.round(item.before * 100)} %`,
        }));
    }

    get hasRadar() {
        const count = this.items.length;
        return count >= RADAR_AXES[0] && count <= RADAR_AXES[1];
    }

    get isRadar() {
        return this.hasRadar && this.state.kind === "radar";
    }

    get radar() {
        const centre = SIZE / 2;
        const text = (shares) =>
            radarPoints(shares, centre, RADIUS)
                .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
                .join(" ");
        const shares = this.items.map((item) => (item.counts ? item.share : null));
        const before = this.items.map((item) => item.before ?? null);
        const labels = radarPoints(shares.map(() => 1), centre, RADIUS + 14);
        return {
            viewBox: `-70 0 ${SIZE + 140} ${SIZE}`,
            centre,
            rings: RINGS.map((ring) => text(shares.map(() => ring))),
            axes: radarPoints(shares.map(() => 1), centre, RADIUS),
            now: text(shares),
            before: before.some((share) => share !== null) ? text(before) : null,
            labels: labels.map(({ x, y }, index) => ({
                key: index,
                x,
                y: y + 4,
                anchor: x < centre - 5 ? "end" : x > centre + 5 ? "start" : "middle",
                text: this.items[index].name,
            })),
        };
    }

    get summary() {
        return this.items
            .map((item) => _t("%(name)s: %(text)s", { name: item.name, text: item.text }))
            .join("; ");
    }
}

export const criteriaChart = {
    component: CriteriaChart,
    displayName: _t("Chart of criteria"),
    supportedTypes: ["json"],
};

registry.category("fields").add("vas_criteria_chart", criteriaChart);
