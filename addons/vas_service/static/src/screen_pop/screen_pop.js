import { Component, onWillStart, useState, xml } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Open the screen of whoever calls from `number`. */
export async function popCaller(orm, action, number, options) {
    const pop = await orm.call("vas.call", "action_pop", [number]);
    return action.doAction(pop, options);
}

class NumberForm extends Component {
    static template = "vas_service.ScreenPopForm";
    static props = { onNumber: Function };

    setup() {
        this.state = useState({ number: "" });
        useAutofocus({ refName: "number" });
    }

    submit() {
        const number = this.state.number.trim();
        if (number) {
            this.props.onNumber(number);
        }
    }
}

/** A telephone in the top bar: type or paste a number, see who it is. */
export class ScreenPopSystray extends Component {
    static template = "vas_service.ScreenPopSystray";
    static components = { Dropdown, NumberForm };
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dropdown = useDropdownState();
        this.label = _t("Who calls?");
        this.state = useState({ shown: false });
        onWillStart(async () => {
            this.state.shown = (
                await Promise.all([
                    user.hasGroup("vas_service.group_vas_service_user"),
                    user.hasGroup("helpdesk_mgmt.group_helpdesk_user_own"),
                ])
            ).some(Boolean);
        });
    }

    onNumber(number) {
        this.dropdown.close();
        return popCaller(this.orm, this.action, number, { clearBreadcrumbs: true });
    }
}

registry
    .category("systray")
    .add("vas_service.screen_pop", { Component: ScreenPopSystray }, { sequence: 27 });

/** Where the address of the telephone system leads: number in, caller's screen out. */
export class ScreenPopAction extends Component {
    static template = xml`<div class="o_action" />`;
    static props = { ...standardActionServiceProps };

    setup() {
        const orm = useService("orm");
        const action = useService("action");
        onWillStart(() => {
            const number = String(router.current.number || "");
            // The next action replaces this one, so that going back does not loop.
            setTimeout(() =>
                popCaller(orm, action, number, { clearBreadcrumbs: true })
            );
        });
    }
}

registry.category("actions").add("vas_service.screen_pop", ScreenPopAction);
