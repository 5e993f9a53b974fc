import { registry } from "@web/core/registry";

/** An agent finds the ticket by its clock, pauses it, goes on and solves it. */
registry.category("web_tour.tours").add("vas_sla_ticket", {
    steps: () => [
        {
            content: "the list shows the clock of the ticket",
            trigger:
                ".o_data_row:contains('Printer on fire') .o_vas_sla_clock[data-state=running]:contains('left')",
        },
        {
            content: "open it",
            trigger: ".o_data_row:contains('Printer on fire') td[name=name]",
            run: "click",
        },
        {
            content: "both clocks run under the status bar",
            trigger: ".o_vas_sla_chip[data-kind=resolution][data-state=running]",
        },
        {
            trigger: ".o_vas_sla_chip[data-kind=first_response][data-state=running]",
        },
        {
            content: "wait for the customer",
            trigger: ".o_statusbar_status button:contains('Awaiting')",
            run: "click",
        },
        {
            content: "the clock stands still and says why",
            trigger:
                ".o_vas_sla_chip[data-kind=resolution][data-state=paused]:contains('Waiting for the customer')",
        },
        {
            trigger: ".o_statusbar_status button:contains('In Progress')",
            run: "click",
        },
        {
            trigger: ".o_vas_sla_chip[data-kind=resolution][data-state=running]",
            run: "click",
        },
        {
            content: "the history tells what happened",
            trigger: "div[name=vas_event_ids] .o_data_row:contains('Resumed')",
        },
        {
            content: "solve it; closed stages are folded",
            trigger: ".o_statusbar_status button.dropdown-toggle:contains('...')",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item:contains('Done')",
            run: "click",
        },
        {
            trigger: ".o_vas_sla_chip[data-kind=resolution][data-state=met]:contains('Met')",
        },
    ],
});

/** A manager imports an incident log and compares it with its own verdict. */
registry.category("web_tour.tours").add("vas_sla_incident", {
    steps: () => [
        {
            content: "open the import",
            trigger: ".modal .o_field_widget[name=profile_id]",
        },
        {
            content: "choose the file",
            trigger: ".modal .o_field_widget[name=file] input[type=file]:not(:visible)",
            run({ anchor }) {
                const text = [
                    "number,incident_state,sys_mod_count,made_sla,opened_at,sys_updated_at,priority",
                    "TOUR1,New,0,TRUE,01-03-2016 08:00,01-03-2016 08:10,1 - Critical",
                    "TOUR1,Resolved,1,TRUE,01-03-2016 08:00,01-03-2016 09:00,1 - Critical",
                    "TOUR2,Lost,0,TRUE,01-03-2016 08:00,01-03-2016 08:10,1 - Critical",
                ].join("\n");
                const transfer = new DataTransfer();
                transfer.items.add(new File([text], "log.csv", { type: "text/csv" }));
                anchor.files = transfer.files;
                anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        {
            trigger: ".modal .o_field_widget[name=file] .o_clear_file_button",
        },
        {
            trigger: ".modal footer button[name=action_import]",
            run: "click",
        },
        {
            content: "one ticket, one row that could not be read",
            trigger:
                ".modal .o_field_widget[name=fault_text]:contains('Row 4, incident_state: “Lost”')",
        },
        {
            trigger: ".modal .o_field_widget[name=ticket_count]:contains('1')",
        },
        {
            trigger: ".modal footer button[name=action_view_comparison]",
            run: "click",
        },
        {
            content: "the report shows both verdicts by priority",
            trigger: ".o_pivot table:contains('Very High'):contains('Kept in the log (%)')",
        },
    ],
});
