# 2026-10-31 09:40:33 by RouterOS 7.20.6
# written for tests after MikroTik's manual ("PPPoE", "PPP AAA"): a small provider of a village. Its customers dial in by PPPoE at ether3 and
# ether4, and their profiles put them into a list. Its own lines are two of larger providers: with a fixed address, and by DHCP
/interface bridge
add name=village
/interface list
add name=upstream
add name=customers
/ip pool
add name=homes ranges=10.64.0.10-10.64.3.250
/queue type
add kind=pcq name=down pcq-classifier=dst-address
add kind=pcq name=up pcq-classifier=src-address
/ppp profile
add change-tcp-mss=yes dns-server=10.64.0.1 interface-list=customers local-address=10.64.0.1 name=home only-one=yes rate-limit=10M/40M \
    remote-address=homes
add change-tcp-mss=yes dns-server=10.64.0.1 interface-list=customers local-address=10.64.0.1 name=farm only-one=yes rate-limit=20M/80M \
    remote-address=homes
/interface bridge port
add bridge=village interface=ether3
add bridge=village interface=ether4
/interface list member
add interface=ether1 list=upstream
add interface=ether2 list=upstream
/interface pppoe-server server
add default-profile=home disabled=no interface=village keepalive-timeout=30 max-mru=1480 max-mtu=1480 one-session-per-host=yes \
    service-name=village
/ip address
add address=203.0.113.18/28 comment="first upstream" interface=ether1 network=203.0.113.16
add address=192.168.50.1/24 comment=office interface=ether5 network=192.168.50.0
/ip dhcp-client
add comment="second upstream" default-route-distance=10 interface=ether2 use-peer-dns=no use-peer-ntp=no
/ip dns
set allow-remote-requests=yes cache-size=8192KiB servers=9.9.9.9,149.112.112.112
/ip firewall address-list
add address=10.64.0.0/22 list=homes
add address=10.64.3.240-10.64.3.250 comment="have not paid" list=late
/ip firewall filter
add action=accept chain=input connection-state=established,related,untracked
add action=drop chain=input connection-state=invalid
add action=accept chain=input protocol=icmp
add action=accept chain=input dst-port=53 protocol=udp src-address-list=homes
add action=accept chain=input in-interface=ether5
add action=drop chain=input
add action=accept chain=forward connection-state=established,related,untracked
add action=drop chain=forward connection-state=invalid
add action=reject chain=forward reject-with=icmp-admin-prohibited src-address-list=late
add action=drop chain=forward comment="no mail from homes" dst-port=25 protocol=tcp src-address-list=homes
add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=upstream
/ip firewall mangle
add action=change-mss chain=forward new-mss=clamp-to-pmtu passthrough=yes protocol=tcp tcp-flags=syn
/ip firewall nat
add action=masquerade chain=srcnat out-interface-list=upstream
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.17
/ppp secret
add name=anna profile=home service=pppoe
add name=ben profile=home service=pppoe
add name=cleo profile=home service=pppoe
add name=dora profile=home service=pppoe
add name=emil profile=home service=pppoe
add name=frieda profile=home service=pppoe
add name=hill-farm profile=farm service=pppoe
add name=mill profile=farm service=pppoe
/system identity
set name=village
