import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const menu = (section, item) => [
    {
        trigger: `.o_menu_sections button[data-menu-xmlid='${section}']`,
        run: "click",
    },
    { trigger: `.o-dropdown--menu [data-menu-xmlid='${item}']`, run: "click" },
];

registry.category("web_tour.tours").add("vas_kpi_score_and_settle", {
    steps: () => [
        ...stepUtils.goToAppSteps("vas_kpi.menu_vas_kpi_root", "Open the application"),
        ...menu("vas_kpi.menu_vas_kpi_assessments", "vas_kpi.vas_scorecard_menu_read"),
        {
            trigger: ".o_data_cell:contains('Hotline vendors')",
            run: "click",
        },
        { trigger: "button:contains('Assess …')", run: "click" },
        { trigger: ".modal footer button:contains('Assess')", run: "click" },
        {
            content: "The result is listed with its score",
            trigger: "body:not(:has(.modal)) .o_data_cell:contains('Journey Vendor')",
            run: "click",
        },
        {
            content: "The sheet shows the arithmetic",
            trigger: ".o_data_cell:contains('155 ÷ 1,000 = 15.50 %')",
        },
        { trigger: ".o_statusbar_buttons button:contains('Confirm')", run: "click" },
        { trigger: ".o_statusbar_buttons button:contains('Publish')" },
        ...menu(
            "vas_kpi.menu_vas_kpi_settlements",
            "vas_kpi.vas_settlement_agreement_menu"
        ),
        { trigger: ".o_data_cell:contains('Journey hotline')", run: "click" },
        { trigger: "button:contains('Settle last period')", run: "click" },
        {
            content: "The fee is quantity times price",
            trigger: ".o_data_cell:contains('120,000 calls × 0.85')",
        },
        { trigger: "button:contains('Accept figures')", run: "click" },
        { trigger: "button:contains('Create draft bill')", run: "click" },
        {
            content: "The bill opens, or its place is told to those who may not see it",
            trigger:
                ".o_notification:contains('Accounting finds it'), .o_form_view button[name='action_open_vas_settlement']",
        },
    ],
});
