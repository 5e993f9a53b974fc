import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/**
 * Opens the preview of a metric as it stands on the screen, saved or not: what was
 * typed is sent along and tried out on the server without being kept.
 */
export class MetricPreviewButton extends Component {
    static template = "vas_kpi.MetricPreviewButton";
    static props = {...standardWidgetProps};

    setup() {
        this.action = useService("action");
    }

    async onClick() {
        const record = this.props.record;
        const draft = await record.getChanges();
        const changed = !record.resId || Object.keys(draft).length > 0;
        await this.action.doAction("vas_kpi.vas_metric_preview_action", {
            additionalContext: {
                default_metric_id: record.resId || false,
                default_draft: changed ? JSON.stringify(draft) : false,
            },
        });
    }
}

registry.category("view_widgets").add("vas_metric_preview_button", {
    component: MetricPreviewButton,
});
