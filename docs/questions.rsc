# What this router does where nobody has told us yet: one line per question on the screen, in half a minute. What it adds is disabled, or is
# met by nobody, and goes again at the end. How to run it, and where the answers go: docs/questions.md
{
  :local scratch "multiwan-questions"
  :local answer ""

  # clean: takes away what this script adds, and what a run that was broken off has left.
  # Takes: scratch.
  :local clean do={
    :global multiwanQuestions
    /system/scheduler/remove [find where name~("^" . $scratch)]
    /tool/netwatch/remove [find where comment=$scratch]
    /ip/dhcp-server/alert/remove [find where comment=$scratch]
    /ip/dhcp-client/remove [find where comment=$scratch]
    /ip/firewall/mangle/remove [find where comment=$scratch]
    /ip/firewall/address-list/remove [find where list=$scratch]
    /ip/route/remove [find where comment=$scratch]
    /routing/rule/remove [find where comment=$scratch]
    /interface/bridge/remove [find where name=$scratch]
    :set multiwanQuestions
    :return true
  }

  # shows: whether a row shows a property without being asked for it.
  # Takes: row, property.
  :local shows do={
    :local answer "no"
    :if ([:typeof ($row->$property)] != "nothing") do={ :set answer "yes" }
    :return $answer
  }

  $clean scratch=$scratch
  :put ("release: " . [/system/resource/get version] . " on " . [/system/resource/get board-name])

  # The scheduler gets its time while the other questions are asked. Where device-mode does not allow it, it says so.
  :local scheduled false
  :local begun [/system/clock/get date]
  :onerror cause in={
    :local counts ":global multiwanQuestions; :set multiwanQuestions \"\$multiwanQuestions|\"; /ip/firewall/address-list/set [find where list=$scratch address=\"192.0.2.1\"] comment=\$multiwanQuestions"
    /ip/firewall/address-list/add list=$scratch address=192.0.2.1 disabled=yes comment=""
    /system/scheduler/add name="$scratch-globals" interval=1s policy=read,write,test on-event=$counts start-date=1970-01-01 start-time=00:00:10
    /system/scheduler/add name="$scratch-bare" interval=1s policy=read on-event=":local x 1"
    /system/scheduler/add name="$scratch-epoch" interval=1s policy=read on-event=":local x 1" start-date=1970-01-01 start-time=00:00:00
    /system/scheduler/add name="$scratch-early" interval=1s policy=read on-event=":local x 1" start-date=1970-01-01 start-time=00:00:10
    /system/scheduler/add name="$scratch-startup" interval=1s policy=read on-event=":local x 1" start-time=startup
    :set scheduled true
  } do={ :put "scheduler: error: $cause" }

  # Rows
  /interface/bridge/add name=$scratch disabled=yes
  :set answer [:typeof [/interface/bridge/get [find where name=$scratch] comment]]
  :put "type of a property that a row does not show: $answer"

  :onerror cause in={
    /tool/netwatch/add host=192.0.2.1 type=icmp thr-loss-percent=20 disabled=yes comment=$scratch
    :local row ([/tool/netwatch/print as-value where comment=$scratch]->0)
    :put ("netwatch shows ttl unasked: " . [$shows row=$row property="ttl"])
    :put ("netwatch shows interval unasked: " . [$shows row=$row property="interval"])
    :put ("a limit of loss of 20 % reads: " . [:tostr [/tool/netwatch/get [find where comment=$scratch] thr-loss-percent]])
  } do={ :put "netwatch: error: $cause" }

  :onerror cause in={
    /ip/dhcp-server/alert/add interface=$scratch comment=$scratch
    :set answer [/ip/dhcp-server/alert/get [find where comment=$scratch] disabled]
    :put "a new DHCP alert is disabled: $answer"
    /ip/dhcp-server/alert/set [find where comment=$scratch] disabled=no
    :local row ([/ip/dhcp-server/alert/print as-value where comment=$scratch]->0)
    :put ("an enabled DHCP alert shows disabled: " . [$shows row=$row property="disabled"])
  } do={ :put "DHCP alert: error: $cause" }

  :onerror cause in={
    /ip/route/add dst-address=192.0.2.1/32 gateway=192.0.2.2 distance=7 disabled=yes comment=$scratch
    :local row ([/ip/route/print as-value where comment=$scratch]->0)
    :put ("a disabled route shows its distance: " . [$shows row=$row property="distance"])
    :put ("type of the gateway of a route: " . [:typeof [/ip/route/get [find where comment=$scratch] gateway]])
  } do={ :put "route: error: $cause" }

  :onerror cause in={
    /ip/dhcp-client/add interface=$scratch disabled=yes add-default-route=no use-peer-dns=no use-peer-ntp=no comment=$scratch
    :set answer [:typeof [/ip/dhcp-client/get [find where comment=$scratch] gateway]]
  } do={ :set answer "error: $cause" }
  :put "type of the gateway of a DHCP client without a lease: $answer"

  :onerror cause in={
    /routing/rule/add dst-address=192.0.2.1/32 action=lookup table=main disabled=yes comment=$scratch
    :set answer [$shows row=([/routing/rule/print as-value where comment=$scratch]->0) property="chain"]
  } do={ :set answer "error: $cause" }
  :put "a routing rule shows chain unasked: $answer"

  :onerror cause in={
    # nothing jumps to this chain, so no packet meets the row
    /ip/firewall/mangle/add chain=$scratch action=passthrough hotspot=auth disabled=yes comment=$scratch
    /ip/firewall/mangle/set [find where comment=$scratch] disabled=no
    :set answer [:tostr [/ip/firewall/mangle/get [find where comment=$scratch] hotspot]]
    :if ($answer = "") do={ :set answer "nothing" }
    :put "hotspot of a row that was enabled: $answer"
    /ip/firewall/mangle/set [find where comment=$scratch] hotspot=from-client,!auth
    :put ("hotspot=from-client,!auth reads: " . [:tostr [/ip/firewall/mangle/get [find where comment=$scratch] hotspot]])
  } do={ :put "hotspot: error: $cause" }

  :onerror cause in={
    /ip/firewall/mangle/set [find where comment=$scratch] action=mark-connection new-connection-mark=multiwan-mark-of-40-letters-abcdefghijkl
    :set answer [:len [/ip/firewall/mangle/get [find where comment=$scratch] new-connection-mark]]
  } do={ :set answer "error: $cause" }
  :put "letters of a mark of 40 letters: $answer"

  # Address lists
  :onerror cause in={
    /ip/firewall/address-list/add list=$scratch address=192.0.2.2 timeout=1m
    /ip/firewall/address-list/add list=$scratch address=192.0.2.2 timeout=1m
    :set answer "taken"
  } do={ :set answer "error: $cause" }
  :put "an entry with a timeout that is there already: $answer"

  :onerror cause in={
    :local long "0123456789"
    :while ([:len $long] < 4000) do={ :set long ($long . $long) }
    :set long [:pick $long 0 4000]
    /ip/firewall/address-list/add list=$scratch address=192.0.2.3 disabled=yes comment=$long
    :set answer [:len [/ip/firewall/address-list/get [find where list=$scratch address="192.0.2.3"] comment]]
  } do={ :set answer "error: $cause" }
  :put "letters of a comment of 4000 letters: $answer"

  :set answer ""
  :foreach last in={13;12;11} do={ /ip/firewall/address-list/add list=$scratch address="192.0.2.$last" disabled=yes comment=$last }
  :foreach id in=[/ip/firewall/address-list/find where list=$scratch address~"192.0.2.1[1-3]"] do={
    :set answer ($answer . " " . [/ip/firewall/address-list/get $id comment])
  }
  :put "entries that were added as 13 12 11 are found as:$answer"

  # The log
  :log info $scratch
  :onerror cause in={
    :local lines [/log/find where buffer=memory message=$scratch]
    :set answer [/log/get ($lines->([:len $lines] - 1)) time]
  } do={ :set answer "error: $cause" }
  :put "time of a line of the log that was found by its buffer: $answer"
  :put ("type of :totime of a :timestamp: " . [:typeof [:totime [:tostr [:timestamp]]]])

  # The language
  :onerror cause in={ /interface/enable multiwan-questions-nowhere } do={ :set answer $cause }
  :put "error of a command: $answer"
  :onerror cause in={ :error "text" } do={ :set answer $cause }
  :put "error of :error: $answer"
  :onerror cause in={
    :local hook [:parse ":return \"\$line is \$event\""]
    :set answer [$hook line=isp1 event=down]
  } do={ :set answer "error: $cause" }
  :put "a parsed script that is called with line=isp1 event=down: $answer"

  # Only releases that know a second name can read this; without a web server at port 80 there is no answer.
  :onerror cause in={
    :local web ":local told \"\"; :onerror message,more in={/tool/fetch url=\"http://127.0.0.1/multiwan-questions\" output=none}"
    :local ask [:parse ($web . " do={:set told ([:typeof (\$more->\"code\")] . \", \" . [:typeof (\$more->\"http-headers\")])}; :return \$told")]
    :set answer [$ask]
  } do={ :set answer "error: $cause" }
  :put "types of code and http-headers of a failed fetch: $answer"

  # Connections, trust
  :onerror cause in={
    :set answer [:len [/ip/firewall/connection/find where fasttrack && !srcnat && !dstnat]]
    :set answer "yes"
  } do={ :set answer "error: $cause" }
  :put "find knows fasttrack, srcnat and dstnat of connections: $answer"
  :onerror cause in={
    :local trust [/certificate/settings/get]
    :set answer ([:tostr ($trust->"builtin-trust-store")] . ", which is: " . [:tostr ($trust->"current-defaults")])
  } do={ :set answer "error: $cause" }
  :put "built-in roots are for: $answer"

  # The scheduler
  :if ($scheduled) do={
    :delay 5s
    :local runs [:len [/ip/firewall/address-list/get [find where list=$scratch address="192.0.2.1"] comment]]
    :set answer "kept"
    :if ($runs = 1) do={ :set answer "forgotten" }
    :if ($runs = 0) do={ :set answer "the scheduler did not run" }
    :put "globals of a scheduled script without the policy policy: $answer"
    :foreach form,start in={bare="left out";early="1970-01-01 00:00:10";epoch="1970-01-01 00:00:00";startup="startup"} do={
      :local id [/system/scheduler/find where name=($scratch . "-" . $form)]
      :set answer "no"
      :if ([/system/scheduler/get $id run-count] > 0) do={ :set answer "yes" }
      :put "runs by the scheduler with the start $start: $answer"
    }
    :set answer "something else"
    :if ([/system/scheduler/get [find where name="$scratch-bare"] start-date] = $begun) do={ :set answer "the day of adding" }
    :put "a start-date that was left out reads: $answer"
  }

  $clean scratch=$scratch
}
