# multiwan-failover of multiwan.routeros, role failover_netwatch: takes dead lines out of use, and good ones in again.
# It makes the rows of role pcc_balance what the probes say they should be, and keeps nothing of its own: a line is out of use
# while its route in main is demoted. So it may run twice, late, or at the same time as another run.
{
  :local wans {"isp1";"isp2"}
  :local patterns {"isp1"="isp1";"isp2"="isp2"}
  :local weights {"isp1"=3;"isp2"=1}
  :local tiers {"isp1"=1;"isp2"=1}
  :local totals {"isp1"=3;"isp2"=3}
  # so many lost probes put a line out of use, so many clean ones put it in again
  :local enough {"isp1"=2;"isp2"=2}
  :local quorums {"isp1"=2;"isp2"=2}
  # lines that loss or latency alone can put out of use
  :local watched {"isp1"=false;"isp2"=false}

  # Look first; whoever finds something to do takes the lock and looks again, because another run may have done it.
  :local me [:tostr [:rndnum from=1 to=999999999]]
  :local locked false
  :local now [:toarray ""]
  # what this run has done to a line, in words
  :local done [:toarray ""]
  :local problem ""
  :local pass 0
  :onerror message in={
    :while ($pass < 2) do={
      :set now [:toarray ""]
      :local was [:toarray ""]
      :local reasons [:toarray ""]
      :local changed false
      :local upBefore 0
      :local best 99
      :local lowest 99
      :foreach wan in=$wans do={
        :local probe ("^multiwan:failover_netwatch:probe:" . ($patterns->$wan) . ":")
        :local clean ("^multiwan:failover_netwatch:clean:" . ($patterns->$wan) . ":")
        :local way ("multiwan:pcc_balance:route:main:" . $wan)
        :local isOut ([:len [/ip/route/find where comment=$way distance<100]] = 0)
        :local lost [:len [/tool/netwatch/find where comment~$probe status="down"]]
        :local goesOut $isOut
        :if ($isOut) do={
          # a playbook run that had read the router before may have switched them off
          :if ([:len [/ip/route/find where comment=$way]] > 0) do={ /tool/netwatch/enable [find where comment~$clean disabled=yes] }
          :local good [:len [/tool/netwatch/find where comment~$clean status="up"]]
          :if (($lost < ($enough->$wan)) && ($good >= ($quorums->$wan))) do={
            # a line that is not balanced has no route to come back
            :set goesOut ([:len [/ip/route/find where comment=$way]] = 0)
          }
        } else={
          :if ($lost >= ($enough->$wan)) do={
            :set goesOut true
            :set ($reasons->$wan) ($lost . " of " . ($totals->$wan) . " probes lost")
          } else={
            :if ($watched->$wan) do={
              :local poor [:len [/tool/netwatch/find where comment~$clean status="down"]]
              :if ($poor >= ($enough->$wan)) do={
                :set goesOut true
                :set ($reasons->$wan) ($poor . " of " . ($totals->$wan) . " probes show too much loss or latency")
              }
            }
          }
        }
        :set ($was->$wan) $isOut
        :set ($now->$wan) $goesOut
        :if ($isOut != $goesOut) do={ :set changed true }
        :if (!$isOut) do={ :set upBefore ($upBefore + 1) }
        :if (($tiers->$wan) < $lowest) do={ :set lowest ($tiers->$wan) }
        :if ((!$goesOut) && (($tiers->$wan) < $best)) do={ :set best ($tiers->$wan) }
      }

      # such a run may have switched `leave` off, too
      :foreach wan in=$wans do={
        :if (($best < 99) && ($now->$wan)) do={
          :local row ("multiwan:pcc_balance:leave:" . $wan)
          :if ([:len [/ip/firewall/mangle/find where comment=$row disabled=yes]] > 0) do={ :set changed true }
        }
      }

      :if (!$changed) do={
        :set pass 2
      } else={
        :if ($pass = 0) do={
          # An entry that vanishes by itself: a run that dies holds nobody up for long, and the flash is not written. The comment says
          # whose it is. Where it can not be made although nobody holds it, failover goes on without.
          :local tries 0
          :while ((!$locked) && ($tries < 700)) do={
            :do {
              /ip/firewall/address-list/add list="multiwan-lock" address=127.0.0.1 timeout=1m comment=$me
              :set locked true
            } on-error={
              :set tries ($tries + 1)
              :if ([:len [/ip/firewall/address-list/find where list="multiwan-lock"]] = 0) do={ :set tries ($tries + 99) }
              :delay 100ms
            }
          }
        } else={
          # 1. Routes of the WANs' tables. A distance says what it says, so it can be written again.
          :foreach wan in=$wans do={
            :foreach table in=$wans do={
              :foreach id in=[/ip/route/find where comment=("multiwan:pcc_balance:route:" . $table . ":" . $wan)] do={
                :local far [/ip/route/get $id distance]
                :if (($now->$wan) && ($far < 100)) do={ /ip/route/set $id distance=($far + 100) }
                :if ((!($now->$wan)) && ($far >= 100)) do={ /ip/route/set $id distance=($far - 100) }
              }
            }
          }

          # 2. Classification: connections of dead lines go to the healthy ones of the lowest tier, slot by slot, by weight.
          # With nowhere to go they stay, and the slots are as if all lines were well.
          :local somewhere ($best < 99)
          :if (!$somewhere) do={ :set best $lowest }
          :local slots [:len [/ip/firewall/mangle/find where comment~"^multiwan:pcc_balance:instead:(tcp:)?[0-9]+\$"]]
          :local owned [:toarray ""]
          :foreach wan in=$wans do={ :set ($owned->$wan) 0 }
          :for slot from=0 to=($slots - 1) do={
            :local winner ""
            :foreach wan in=$wans do={
              :if (((!$somewhere) || (!($now->$wan))) && (($tiers->$wan) = $best)) do={
                :if ($winner = "") do={
                  :set winner $wan
                } else={
                  :local mine (($weights->$wan) * ((2 * ($owned->$winner)) + 1))
                  :local theirs (($weights->$winner) * ((2 * ($owned->$wan)) + 1))
                  :if ($mine > $theirs) do={ :set winner $wan }
                }
              }
            }
            :set ($owned->$winner) (($owned->$winner) + 1)
            :local row ("^multiwan:pcc_balance:instead:(tcp:|udp:)?" . $slot . "\$")
            :local flow ("multiwan-" . $winner)
            /ip/firewall/mangle/set [find where comment~$row new-connection-mark!=$flow] new-connection-mark=$flow
          }
          :foreach wan in=$wans do={
            :local row ("multiwan:pcc_balance:leave:" . $wan)
            :if ($somewhere && ($now->$wan)) do={
              /ip/firewall/mangle/enable [find where comment=$row disabled=yes]
            } else={
              /ip/firewall/mangle/disable [find where comment=$row disabled=no]
            }
          }

          # 3. Connections of a line that is dead now, if there is another one to go to; and those that were left when there was none.
          :if ($somewhere) do={
            :foreach wan in=$wans do={
              :if (($now->$wan) && ((!($was->$wan)) || ($upBefore = 0))) do={
                :local flow ("multiwan-" . $wan)
                :do {
                  /ip/firewall/connection/remove [find where connection-mark=$flow]
                } on-error={
                  # one had ended meanwhile: the rest one by one
                  :foreach id in=[/ip/firewall/connection/find where connection-mark=$flow] do={
                    :do { /ip/firewall/connection/remove $id } on-error={}
                  }
                }
              }
            }
          }

          # 4. The route in main comes last: it is what says that all this has been done.
          :foreach wan in=$wans do={
            :local clean ("^multiwan:failover_netwatch:clean:" . ($patterns->$wan) . ":")
            :if (($now->$wan) && (!($was->$wan))) do={
              # the clean window begins anew
              /tool/netwatch/disable [find where comment~$clean]
              /tool/netwatch/enable [find where comment~$clean]
            }
            :foreach id in=[/ip/route/find where comment=("multiwan:pcc_balance:route:main:" . $wan)] do={
              :local far [/ip/route/get $id distance]
              :if (($now->$wan) && ($far < 100)) do={
                /ip/route/set $id distance=($far + 100)
                :set ($done->$wan) ("is out of use: " . ($reasons->$wan))
              }
              :if ((!($now->$wan)) && ($far >= 100)) do={
                /ip/route/set $id distance=($far - 100)
                :set ($done->$wan) "is in use again"
              }
            }
            :if ((!($now->$wan)) && ($was->$wan) && (!($watched->$wan))) do={
              /tool/netwatch/disable [find where comment~$clean]
            }
          }
        }
        :set pass ($pass + 1)
      }
    }
  } do={ :set problem $message }
  :if ($locked) do={ /ip/firewall/address-list/remove [find where list="multiwan-lock" comment=$me] }

  # 5. Say so, each run what it has done itself; the next run need not wait for it.
  :foreach wan in=$wans do={
    :local words ($done->$wan)
    :if ([:len $words] > 0) do={
      :log warning ("multiwan: " . $wan . " " . $words)
    }
  }
  :if ($problem != "") do={ :error $problem }
}
