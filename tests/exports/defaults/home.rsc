# 2026-10-30 18:21:07 by RouterOS 7.23.3
# written for tests after the factory configuration of MikroTik's home routers (manual, "Default configurations"), with the second line
# that its owner has ordered: ether5 is no port of the bridge any more and asks for an address, as ether1 does
/interface bridge
add comment="all inside" name=bridge
/interface list
add comment=outside name=WAN
add comment=inside name=LAN
/ip pool
add name=dhcp ranges=192.168.88.10-192.168.88.254
/ip dhcp-server
add address-pool=dhcp interface=bridge name=inside
/interface bridge port
add bridge=bridge interface=ether2
add bridge=bridge interface=ether3
add bridge=bridge interface=ether4
/ip neighbor discovery-settings
set discover-interface-list=LAN
/interface list member
add interface=bridge list=LAN
add interface=ether1 list=WAN
/ip address
add address=192.168.88.1/24 interface=bridge network=192.168.88.0
/ip dhcp-client
add comment="first line" interface=ether1
add comment="second line" default-route-distance=2 interface=ether5
/ip dhcp-server network
add address=192.168.88.0/24 dns-server=192.168.88.1 gateway=192.168.88.1
/ip dns
set allow-remote-requests=yes
/ip dns static
add address=192.168.88.1 name=router.lan type=A
/ip firewall filter
add action=accept chain=input comment="in: answers" connection-state=established,related,untracked
add action=drop chain=input comment="in: strays" connection-state=invalid
add action=accept chain=input comment="in: ping" protocol=icmp
add action=accept chain=input comment="in: the router itself" dst-address=127.0.0.1
add action=drop chain=input comment="in: nobody from outside" in-interface-list=!LAN
add action=accept chain=forward comment="through: by IPsec, in" ipsec-policy=in,ipsec
add action=accept chain=forward comment="through: by IPsec, out" ipsec-policy=out,ipsec
add action=fasttrack-connection chain=forward comment="through: fast" connection-state=established,related hw-offload=yes
add action=accept chain=forward comment="through: answers" connection-state=established,related,untracked
add action=drop chain=forward comment="through: strays" connection-state=invalid
add action=drop chain=forward comment="through: nobody from outside" connection-nat-state=!dstnat connection-state=new in-interface-list=WAN
/ip firewall nat
add action=masquerade chain=srcnat comment="hide what is inside" ipsec-policy=out,none out-interface-list=WAN
/tool mac-server
set allowed-interface-list=LAN
/tool mac-server mac-winbox
set allowed-interface-list=LAN
