import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const FULL = 100;
const COLORS = {
    free: "bg-success",
    busy: "bg-warning",
    full: "bg-warning",
    over: "bg-danger",
};

/** How much of a capacity is used: a bar that never hides an overload, and words. */
export class LoadBarField extends Component {
    static template = "vas_service.LoadBar";
    static props = {
        ...standardFieldProps,
        stateField: { type: String, optional: true },
        wordsField: { type: String, optional: true },
    };

    get percent() {
        return Math.max(this.props.record.data[this.props.name] || 0, 0);
    }

    get width() {
        return Math.min(this.percent, FULL);
    }

    get state() {
        return this.props.record.data[this.props.stateField] || "free";
    }

    get color() {
        return COLORS[this.state] || COLORS.free;
    }

    get words() {
        return (
            this.props.record.data[this.props.wordsField] ||
            _t("%s percent used", this.percent)
        );
    }

    get textColor() {
        return this.state === "over" ? "text-danger fw-bold" : "";
    }
}

registry.category("fields").add("vas_capacity_bar", {
    component: LoadBarField,
    displayName: _t("Load of a capacity"),
    supportedTypes: ["integer"],
    extractProps: ({ options }) => ({
        stateField: options.state_field,
        wordsField: options.words_field,
    }),
    fieldDependencies: ({ options }) => [
        ...(options.state_field ? [{ name: options.state_field, type: "selection" }] : []),
        ...(options.words_field ? [{ name: options.words_field, type: "char" }] : []),
    ],
});
