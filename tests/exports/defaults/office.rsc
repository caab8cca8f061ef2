# 2026-10-30 19:33:01 by RouterOS 7.24.5
# written for tests: a router with addresses set by hand, its firewall as in MikroTik's manual ("Building Your First Firewall")
/interface list
add name=WAN
add name=LAN
/interface list member
add interface=ether1 list=WAN
add interface=ether2 list=WAN
add interface=ether3 list=LAN
/ip address
add address=203.0.113.10/28 comment="fibre" interface=ether1 network=203.0.113.0
add address=198.51.100.18/29 comment="cable" interface=ether2 network=198.51.100.16
add address=192.168.20.1/24 comment="office" interface=ether3 network=192.168.20.0
/ip dns
set allow-remote-requests=yes servers=9.9.9.9
/ip firewall address-list
add address=0.0.0.0/8 comment="this network" list=bogons
add address=127.0.0.0/8 comment="the router itself" list=bogons
add address=169.254.0.0/16 comment="link" list=bogons
add address=224.0.0.0/4 comment="many" list=bogons
add address=192.168.20.10-192.168.20.20 comment="may log in" list=admins
/ip firewall filter
add action=accept chain=input comment="answers" connection-state=established,related,untracked
add action=drop chain=input comment="strays" connection-state=invalid
add action=accept chain=input comment="who may log in" src-address-list=admins
add action=accept chain=input comment="ping, not too often" limit=50/5s,10:packet protocol=icmp
add action=accept chain=input comment="names, for the office" dst-port=53 in-interface-list=LAN protocol=udp
add action=accept chain=input dst-port=53 in-interface-list=LAN protocol=tcp
add action=drop chain=input comment="all the rest"
add action=fasttrack-connection chain=forward comment="fast" connection-state=established,related hw-offload=yes
add action=accept chain=forward comment="answers" connection-state=established,related,untracked
add action=drop chain=forward comment="strays" connection-state=invalid
add action=drop chain=forward comment="to nowhere" dst-address-list=bogons in-interface-list=LAN
add action=drop chain=forward comment="from others than the office" in-interface=ether3 src-address=!192.168.20.0/24
add action=drop chain=forward comment="unasked" connection-nat-state=!dstnat connection-state=new in-interface-list=WAN
/ip firewall nat
add action=masquerade chain=srcnat out-interface-list=WAN
add action=dst-nat chain=dstnat comment="the server" dst-port=8443 in-interface-list=WAN protocol=tcp to-addresses=192.168.20.200 to-ports=443
/ip route
add comment="by fibre" gateway=203.0.113.1
add comment="by cable, if need be" distance=5 gateway=198.51.100.17
/ip service
set telnet disabled=yes
set ftp disabled=yes
set www disabled=yes
