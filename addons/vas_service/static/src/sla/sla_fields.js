import {
    Component,
    onMounted,
    onPatched,
    onWillUnmount,
    useExternalListener,
    useState,
} from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { viewsOf } from "./sla_clock";

const { DateTime } = luxon;
const MAX_CHIPS = 3;
const STALE_AFTER = 60;

// How far the server's clock is ahead, per answer of the server: found when the answer
// is first seen, because a view may show it again much later.
const readings = new WeakMap();

function readingOf(value) {
    if (!readings.has(value)) {
        const readAt = deserializeDateTime(value.now).toSeconds();
        readings.set(value, { readAt, ahead: readAt - Date.now() / 1000 });
    }
    return readings.get(value);
}

/** What the strip and the cell have in common: a value and the shared timer. */
class SlaField extends Component {
    static props = { ...standardFieldProps };

    setup() {
        this.ticker = useService("vas_sla_ticker");
        this.tick = useState(this.ticker.state);
        const announce = () => {
            const running = this.views.filter((view) => view.ticks);
            if (running.length) {
                this.ticker.set(
                    this,
                    running.some((view) => view.fast)
                );
            } else {
                this.ticker.remove(this);
            }
        };
        onMounted(announce);
        onPatched(announce);
        onWillUnmount(() => this.ticker.remove(this));
    }

    get value() {
        return this.props.record.data[this.props.name] || false;
    }

    get views() {
        if (!this.value) {
            return [];
        }
        const { readAt, ahead } = readingOf(this.value);
        // tick.now is only as fresh as the last tick; it never runs backwards.
        const now = Math.max(this.tick.now + ahead, readAt);
        return viewsOf(this.value.clocks, readAt, now);
    }

    date(seconds) {
        return formatDateTime(DateTime.fromSeconds(seconds), { showSeconds: false });
    }

    due(view) {
        const clock = view.clock;
        if (clock.stopped_at) {
            return _t(
                "Fulfilled %(stopped)s, due %(deadline)s",
                {
                    stopped: this.date(clock.stopped_at),
                    deadline: this.date(clock.deadline),
                }
            );
        }
        if (clock.paused_since) {
            return _t("Paused since %(since)s: %(reason)s", {
                since: this.date(clock.paused_since),
                reason: clock.pause_reason,
            });
        }
        return _t("Due %s", this.date(clock.deadline));
    }

    tooltip(view) {
        return _t(
            "%(name)s: %(due)s. Working time of %(hours)s (%(zone)s), policy %(policy)s.",
            {
                name: view.name,
                due: this.due(view),
                hours: view.clock.hours,
                zone: view.clock.zone,
                policy: view.clock.policy,
            }
        );
    }
}

/** The most urgent clock of a record, for lists and cards. */
export class SlaClockField extends SlaField {
    static template = "vas_service.SlaClock";

    get view() {
        return this.views[0];
    }
}

/** All clocks of a record under the status bar. */
export class SlaStripField extends SlaField {
    static template = "vas_service.SlaStrip";

    setup() {
        super.setup();
        this.action = useService("action");
        this.user = user;
        useExternalListener(window, "focus", () => this.refresh());
    }

    get chips() {
        return this.views.slice(0, MAX_CHIPS);
    }

    get more() {
        return Math.max(this.views.length - MAX_CHIPS, 0);
    }

    /** Ask the server again when the user comes back after a while. */
    async refresh() {
        const record = this.props.record;
        if (!this.value || !record.resId || (await record.isDirty())) {
            return;
        }
        const { readAt, ahead } = readingOf(this.value);
        if (Date.now() / 1000 + ahead - readAt > STALE_AFTER) {
            await record.load();
        }
    }

    openHistory() {
        const form = document.querySelector(".o_form_view");
        const tab = form?.querySelector(".o_notebook a[name='vas_sla_history']");
        if (tab) {
            tab.click();
            tab.scrollIntoView({ block: "nearest" });
        }
    }

    openPolicies() {
        this.action.doAction("vas_service.vas_sla_policy_action");
    }
}

registry.category("fields").add("vas_sla_clock", {
    component: SlaClockField,
    displayName: _t("Service promise clock"),
    supportedTypes: ["json"],
});
registry.category("fields").add("vas_sla_strip", {
    component: SlaStripField,
    displayName: _t("Service promise strip"),
    supportedTypes: ["json"],
});
