from . import (
    test_codelivery_board,
    test_codelivery_plan,
    test_order_intake,
    test_performance,
    test_security,
    test_stock_picking_batch,
    test_tools_allocation,
    test_tools_planning,
    test_transport_order,
    test_trip_road,
    test_ui,
)
