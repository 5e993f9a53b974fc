import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/core/utils/numbers";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Two bars per leg of a trip: weight solid, volume hatched, always with the numbers in
 * words. Amber from the warning rate on, red above the capacity.
 */
export class LoadBar extends Component {
    static template = "vas_logistics.LoadBar";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || { legs: [] };
    }

    get legs() {
        const { legs, kg_capacity, m3_capacity, warning } = this.value;
        return legs.map((leg) => ({
            ...leg,
            title: leg.from ? `${leg.from} → ${leg.to}` : _t("Whole trip"),
            bars: [
                this.bar("kg", leg.kg, kg_capacity, leg.kg_rate, 0, warning, leg),
                this.bar("m³", leg.m3, m3_capacity, leg.m3_rate, 1, warning, leg),
            ],
        }));
    }

    bar(unit, load, capacity, rate, digits, warning, leg) {
        const over = rate > 1.00001;
        const tight = !over && warning && rate >= warning;
        const percent = `${formatFloat(rate * 100, { digits: [16, 1] })} %`;
        const text = _t("%(load)s of %(capacity)s %(unit)s (%(percent)s)", {
            load: formatFloat(load, { digits: [16, digits] }),
            capacity: formatFloat(capacity, { digits: [16, digits] }),
            unit,
            percent,
        });
        let word = "";
        if (over) {
            word = _t("Over by %(excess)s %(unit)s on leg %(leg)s", {
                excess: formatFloat(load - capacity, { digits: [16, digits] }),
                unit,
                leg: leg.number,
            });
        } else if (tight) {
            word = _t("Nearly full");
        }
        return {
            key: unit,
            text,
            word,
            now: Math.round(rate * 100),
            style: `width: ${Math.min(rate, 1) * 100}%`,
            color: over ? "bg-danger" : tight ? "bg-warning" : "bg-success",
            wordColor: over ? "text-danger" : "text-warning",
            hatched: unit !== "kg",
            label: unit === "kg" ? _t("Weight") : _t("Volume"),
        };
    }
}

registry.category("fields").add("vas_leg_load", {
    component: LoadBar,
    displayName: _t("Load per leg"),
    supportedTypes: ["json"],
});
