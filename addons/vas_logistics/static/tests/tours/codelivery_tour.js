import { registry } from "@web/core/registry";

// The dispatcher's job: open the plan, press Plan, read the load, accept, see the batch.
registry.category("web_tour.tours").add("vas_codelivery", {
    steps: () => [
        {
            content: "Plan the orders of the plan",
            trigger: "button[name=action_plan]:contains(Plan)",
            run: "click",
        },
        {
            content: "One trip over A, B and C",
            trigger: ".o_vas_stop_chain .o_vas_stop:nth-child(5):contains('3. C')",
        },
        {
            content: "The fullest leg is 83.3 % full, in words",
            trigger: ".o_vas_leg:contains('B → C') .o_vas_load_text:contains('10,000 of 12,000 kg (83.3 %)')",
        },
        {
            content: "The saving is shown",
            trigger: "div[name=saving]:contains('1,000.00')",
        },
        {
            content: "Accept",
            trigger: "button[name=action_accept]:contains(Accept Plan)",
            run: "click",
        },
        {
            content: "Open the batch transfer",
            trigger: "button[name=action_view_batches]",
            run: "click",
        },
        {
            content: "The trip is a normal batch transfer with its load",
            trigger: ".o_form_view .o_last_breadcrumb_item:contains(BATCH)",
        },
        {
            content: "Load on its second leg",
            trigger: ".o_vas_leg:contains('B → C') .o_vas_load_text:contains('83.3 %')",
        },
    ],
});

registry.category("web_tour.tours").add("vas_transport_order", {
    steps: () => [
        {
            content: "A new order",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: "div[name=owner_id] input",
            run: "edit Tour Shipper",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Shipper)",
            run: "click",
        },
        {
            trigger: "div[name=vas_origin_id] input",
            run: "edit Tour County",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour County)",
            run: "click",
        },
        {
            trigger: "div[name=vas_destination_id] input",
            run: "edit Tour Town",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Town)",
            run: "click",
        },
        {
            trigger: "div[name=vas_declared_kg] input",
            run: "edit 1200",
        },
        {
            content: "The outlet handles county to town",
            trigger: "div[name=vas_handler]:contains(Outlet)",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "The number came from the system",
            trigger: ".o_form_saved .oe_title div[name=name]:contains('TO/')",
        },
    ],
});
