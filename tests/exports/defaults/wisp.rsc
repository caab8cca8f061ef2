# 2026-10-30 19:15:30 by RouterOS 7.18.2
# written for tests: the factory configuration of a device that goes to the internet by radio (WISP, CPE), and a line by cable on ether2
/interface bridge
add name=bridgeLocal
/interface ethernet
set [ find default-name=wlan1 ] name=wlan1
/interface list
add name=WAN
add name=LAN
/ip pool
add name=dhcp ranges=192.168.88.10-192.168.88.254
/ip dhcp-server
add address-pool=dhcp interface=bridgeLocal name=inside
/interface bridge port
add bridge=bridgeLocal interface=ether1
/interface list member
add interface=bridgeLocal list=LAN
add interface=wlan1 list=WAN
/ip address
add address=192.168.88.1/24 interface=bridgeLocal network=192.168.88.0
/ip dhcp-client
add interface=wlan1
add add-default-route=no interface=ether2
/ip dhcp-server network
add address=192.168.88.0/24 gateway=192.168.88.1
/ip firewall filter
add action=accept chain=input connection-state=established,related
add action=accept chain=input protocol=icmp
add action=drop chain=input comment="the radio side sees nothing" in-interface-list=WAN
add action=fasttrack-connection chain=forward connection-state=established,related hw-offload=yes
add action=accept chain=forward connection-state=established,related
add action=drop chain=forward connection-state=invalid
add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=WAN
/ip firewall nat
add action=masquerade chain=srcnat out-interface-list=WAN
