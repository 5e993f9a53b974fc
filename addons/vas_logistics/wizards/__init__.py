from . import vas_lane_import, vas_trip_breakdown
