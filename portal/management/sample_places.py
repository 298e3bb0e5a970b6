"""Invented places of care and an invented gazetteer, for the demonstration. None of them exists;
the telephone numbers are of the range that Ofcom keeps for stories."""

_WEEK = "8 am to 6 pm,8 am to 6 pm,8 am to 6 pm,8 am to 8 pm,8 am to 6 pm"
_CLINIC = "9 am to 5 pm,9 am to 5 pm,9 am to 5 pm,9 am to 5 pm,9 am to 4 pm"
_ALWAYS = ",".join(["24 hours"] * 7)
_HEAD = (
    "name,address,postcode,latitude,longitude,phone,website,"
    "monday,tuesday,wednesday,thursday,friday,saturday,sunday,offers,walk_in"
)
PLACES = f"""{_HEAD}
Ashcombe General Hospital,"Castle Road, Ashcombe",QA1 1AA,52.641,-1.132,01632 960101,https://ashcombe-general.example,{_ALWAYS},emergency; dermatology,yes
Ashcombe Skin Cancer Clinic,"Castle Road, Ashcombe",QA1 1AB,52.642,-1.130,01632 960102,https://ashcombe-general.example/skin,{_CLINIC},closed,closed,skin_cancer; dermatology; dermoscopy; minor_surgery,no
Castle Road Surgery,"12 Castle Road, Ashcombe",QA1 2BD,52.637,-1.125,01632 960103,,{_WEEK},9 am to noon,closed,gp; dermoscopy,no
Market Street Pharmacy,"3 Market Street, Ashcombe",QA1 3EE,52.633,-1.137,01632 960104,,{_WEEK},9 am to 5 pm,10 am to 4 pm,pharmacy,yes
Wetherfield Health Centre,"Station Lane, Wetherfield",QA4 5GH,52.758,-1.209,01632 960105,https://wetherfield-health.example,{_WEEK},closed,closed,gp; minor_surgery,no
Wetherfield Dermatology,"40 Mill Lane, Wetherfield",QA4 6JK,52.751,-1.215,01632 960106,,{_CLINIC},closed,closed,dermatology; dermoscopy,no
Milton Fen Community Hospital,"Fen Way, Milton Fen",QB2 1LM,52.487,-0.905,01632 960107,https://milton-fen.example,{_CLINIC},10 am to 4 pm,closed,dermatology; minor_surgery,no
Milton Fen Walk-in Centre,"Fen Way, Milton Fen",QB2 1LN,52.488,-0.906,01632 960108,,8 am to 8 pm,8 am to 8 pm,8 am to 8 pm,8 am to 8 pm,8 am to 8 pm,8 am to 8 pm,8 am to 8 pm,gp,yes
Harrow Green Practice,"The Green, Harrow Green",QB7 3NP,52.402,-1.318,01632 960109,,{_WEEK},closed,closed,gp,no
Port Lannet Hospital,"Harbour Road, Port Lannet",QC1 4QR,53.012,-0.361,01632 960110,https://port-lannet.example,{_ALWAYS},emergency; dermatology; children,yes
Port Lannet Children's Skin Clinic,"Harbour Road, Port Lannet",QC1 4QS,53.013,-0.362,01632 960111,,{_CLINIC},closed,closed,children; dermatology,no
Lannet Sexual Health,"7 Quay Street, Port Lannet",QC1 5TU,53.006,-0.355,01632 960112,,{_CLINIC},9 am to noon,closed,sexual_health,yes
"""  # noqa: E501  (a line a place)
GAZETTEER = """name,postcode,latitude,longitude
Ashcombe,QA1,52.636,-1.131
Ashcombe West,QA2,52.630,-1.172
Birstow,QA3,52.690,-1.101
Wetherfield,QA4,52.755,-1.211
Wetherfield Moor,QA5,52.789,-1.265
Milton Fen,QB2,52.486,-0.903
Stoke Milton,QB3,52.451,-0.958
Upper Stane,QB5,52.433,-1.120
Lower Stane,QB6,52.421,-1.133
Harrow Green,QB7,52.404,-1.316
Newby,QB8,52.512,-1.402
Port Lannet,QC1,53.010,-0.358
Lannet Cross,QC2,52.961,-0.412
Newby,QC4,53.101,-0.502
"""
