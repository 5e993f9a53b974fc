from . import vas_lane_import, vas_piece_sheet_make, vas_trip_breakdown
