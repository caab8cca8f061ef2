# What stands on the router before us, and must stand there after us, byte for byte.
/interface bridge add name=bridge1
/interface bridge port add bridge=bridge1 interface=ether4
/interface pppoe-client add name=pppoe-out1 interface=ether6 user=line password=line disabled=no
/interface list add name=LAN comment="the users"
/interface list member add list=LAN interface=bridge1
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.0.2.2/30 interface=ether5
/ip address add address=192.168.88.1/24 interface=ether3
/ip address add address=192.168.89.1/24 interface=bridge1
/routing table add fib name=voip comment=telephones
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.9 distance=200 comment="last resort"
/ip route add dst-address=10.9.0.0/16 gateway=192.168.88.9
/ip route add dst-address=10.8.0.0/16 gateway=192.168.88.8 disabled=yes comment="old office"
/ip firewall address-list add list=admins address=192.168.88.10 comment="Björn Ångström"
/ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related connection-mark=voip comment="fasttrack of calls"
/ip firewall nat add chain=dstnat action=dst-nat in-interface=ether1 protocol=tcp dst-port=443 to-addresses=192.168.88.20 comment="web server"
/ip firewall mangle add chain=forward action=change-mss new-mss=clamp-to-pmtu protocol=tcp tcp-flags=syn passthrough=yes comment="clamp"
/ip firewall mangle add chain=prerouting action=mark-packet new-packet-mark=voice passthrough=yes dscp=46
