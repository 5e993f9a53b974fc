import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** How full the weights of a scorecard are: a bar and the words beside it. */
export class WeightMeter extends Component {
    static template = "vas_kpi.WeightMeter";
    static props = { ...standardFieldProps };

    get text() {
        return this.props.record.data[this.props.name] || "";
    }

    get total() {
        return this.props.record.data.weight_total;
    }

    get complete() {
        return this.props.record.data.weight_complete;
    }

    /** A plain sum of points has no 100 to fill. */
    get hasBar() {
        return this.props.record.data.aggregate !== "sum";
    }

    get width() {
        return Math.max(0, Math.min(100, this.total));
    }

    get tone() {
        return this.complete ? "success" : "danger";
    }
}

export const weightMeter = {
    component: WeightMeter,
    displayName: _t("Weight meter"),
    supportedTypes: ["char"],
    fieldDependencies: [
        { name: "weight_total", type: "float" },
        { name: "weight_complete", type: "boolean" },
        { name: "aggregate", type: "selection" },
    ],
};

registry.category("fields").add("vas_weight_meter", weightMeter);
