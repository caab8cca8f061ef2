# 2026-10-31 08:15:20 by RouterOS 7.21.4
# written for tests after MikroTik's manual ("Bridge VLAN Table", "Inter-VLAN routing"): a school, with a network for each kind of people on
# one bridge that looks at tags. Switches are at ether3, the office's computer at ether4. Its lines are fibre with a fixed address, and cable
/interface bridge
add name=bridge vlan-filtering=yes
/interface vlan
add interface=bridge name=teachers vlan-id=10
add interface=bridge name=pupils vlan-id=20
add interface=bridge name=guests vlan-id=30
add interface=bridge name=devices vlan-id=99
/interface list
add name=WAN
add name=LAN
/ip pool
add name=teachers ranges=10.10.0.50-10.10.0.250
add name=pupils ranges=10.20.0.50-10.20.3.250
add name=guests ranges=10.30.0.50-10.30.1.250
/ip dhcp-server
add address-pool=teachers interface=teachers name=teachers
add address-pool=pupils interface=pupils lease-time=1h name=pupils
add address-pool=guests interface=guests lease-time=1h name=guests
/interface bridge port
add bridge=bridge comment="to the switches" frame-types=admit-only-vlan-tagged interface=ether3
add bridge=bridge comment=office frame-types=admit-only-untagged-and-priority-tagged interface=ether4 pvid=10
add bridge=bridge frame-types=admit-only-untagged-and-priority-tagged interface=ether5 pvid=99
/interface bridge vlan
add bridge=bridge tagged=bridge,ether3 untagged=ether4 vlan-ids=10
add bridge=bridge tagged=bridge,ether3 vlan-ids=20
add bridge=bridge tagged=bridge,ether3 vlan-ids=30
add bridge=bridge tagged=bridge,ether3 untagged=ether5 vlan-ids=99
/interface list member
add interface=ether1 list=WAN
add interface=ether2 list=WAN
add interface=teachers list=LAN
add interface=pupils list=LAN
add interface=guests list=LAN
add interface=devices list=LAN
/ip address
add address=203.0.113.10/29 comment=fibre interface=ether1 network=203.0.113.8
add address=10.10.0.1/24 interface=teachers network=10.10.0.0
add address=10.20.0.1/22 interface=pupils network=10.20.0.0
add address=10.30.0.1/23 interface=guests network=10.30.0.0
add address=10.99.0.1/24 interface=devices network=10.99.0.0
/ip dhcp-client
add comment=cable default-route-distance=5 interface=ether2 use-peer-dns=no
/ip dhcp-server network
add address=10.10.0.0/24 dns-server=10.10.0.1 gateway=10.10.0.1
add address=10.20.0.0/22 dns-server=10.20.0.1 gateway=10.20.0.1
add address=10.30.0.0/23 dns-server=10.30.0.1 gateway=10.30.0.1
/ip dns
set allow-remote-requests=yes servers=9.9.9.9
/ip firewall address-list
add address=10.0.0.0/8 comment="all of the school" list=inside
/ip firewall filter
add action=accept chain=input connection-state=established,related,untracked
add action=drop chain=input connection-state=invalid
add action=accept chain=input protocol=icmp
add action=accept chain=input comment="names, for everybody inside" dst-port=53 in-interface-list=LAN protocol=udp
add action=accept chain=input comment="names, for everybody inside" dst-port=53 in-interface-list=LAN protocol=tcp
add action=accept chain=input in-interface=teachers
add action=accept chain=input in-interface=devices
add action=drop chain=input comment="nobody else"
add action=fasttrack-connection chain=forward connection-state=established,related hw-offload=yes
add action=accept chain=forward connection-state=established,related,untracked
add action=drop chain=forward connection-state=invalid
add action=accept chain=forward comment="teachers go everywhere" in-interface=teachers
add action=drop chain=forward comment="pupils and guests stay out of other networks" dst-address-list=inside in-interface-list=LAN
add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=WAN
/ip firewall nat
add action=masquerade chain=srcnat out-interface-list=WAN
add action=dst-nat chain=dstnat comment="the school's page" dst-address=203.0.113.10 dst-port=443 protocol=tcp to-addresses=10.99.0.20
/ip route
add comment=fibre dst-address=0.0.0.0/0 gateway=203.0.113.9
/system identity
set name=school
