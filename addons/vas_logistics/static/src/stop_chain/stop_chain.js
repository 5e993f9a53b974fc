import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The stops of a trip in order, with what is loaded (+) and unloaded (−) there. */
export class StopChain extends Component {
    static template = "vas_logistics.StopChain";
    static props = { ...standardFieldProps };

    get stops() {
        const stops = this.props.record.data[this.props.name] || [];
        return stops.map((stop) => ({
            ...stop,
            time: formatDateTime(deserializeDateTime(stop.arrival), { format: "MM-dd HH:mm" }),
            plus: stop.pickups.length
                ? _t("loads %(count)s", { count: stop.pickups.length })
                : "",
            minus: stop.deliveries.length
                ? _t("unloads %(count)s", { count: stop.deliveries.length })
                : "",
            title: [
                ...stop.pickups.map((name) => `+ ${name}`),
                ...stop.deliveries.map((name) => `− ${name}`),
            ].join("\n"),
        }));
    }
}

registry.category("fields").add("vas_stop_chain", {
    component: StopChain,
    displayName: _t("Stops of a trip"),
    supportedTypes: ["json"],
});
