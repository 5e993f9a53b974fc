import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What each criterion says about a candidate: points in numbers, finding in words. */
export class VerdictsField extends Component {
    static template = "vas_service.Verdicts";
    static props = { ...standardFieldProps };

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    points(row) {
        if (row.excluded) {
            return _t("excluded");
        }
        return row.weight ? `${this.number(row.points)}/${this.number(row.weight)}` : "✓";
    }

    number(value) {
        return String(Math.round(value * 10) / 10);
    }
}

registry.category("fields").add("vas_verdicts", {
    component: VerdictsField,
    displayName: _t("Points per criterion"),
    supportedTypes: ["json"],
});
