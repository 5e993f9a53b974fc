from . import (
    vas_codelivery_what_if,
    vas_door_correct,
    vas_lane_import,
    vas_piece_sheet_make,
    vas_routing_try,
    vas_routing_try_line,
    vas_trip_breakdown,
)
