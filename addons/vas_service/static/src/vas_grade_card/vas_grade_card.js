import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { sparkline } from "@vas_kpi/sparkline/sparkline";
import { Component } from "@odoo/owl";

const WIDTH = 160;
const HEIGHT = 32;
const MARGIN = 4;

/** The grade of a customer: letter, points, reasons, criteria and treatment. */
export class VasGradeCard extends Component {
    static template = "vas_service.VasGradeCard";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.width = WIDTH;
        this.height = HEIGHT;
    }

    get card() {
        return this.props.record.data[this.props.name];
    }

    get points() {
        return sparkline(this.card.history, WIDTH, HEIGHT, MARGIN);
    }

    get polyline() {
        return this.points.map(({ x, y }) => `${x},${y}`).join(" ");
    }

    get historyText() {
        return this.card.history
            .map((item) => `${item.date}: ${item.label} (${item.letter})`)
            .join("; ");
    }

    openAssessment(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "vas.assessment",
            res_id: id,
            views: [[false, "form"]],
            target: "current",
        });
    }
}

export const vasGradeCard = {
    component: VasGradeCard,
    supportedTypes: ["json"],
};

registry.category("fields").add("vas_grade_card", vasGradeCard);
