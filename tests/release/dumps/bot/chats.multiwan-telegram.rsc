# multiwan-telegram of multiwan.routeros, role dhcp_alert_telegram: turns lines of the log into messages, and sends them.
# What is not sent yet lies in the address lists multiwan-outbox:CHAT, as comments of disabled addresses: it is there after a reboot. The first
# line of a comment names the line of the log, so that a run that dies before it has noted the line leaves nothing to tell twice.
# A line of the log is dealt with once the log itself says so behind it ("noted *ID"): every user who runs this sees that, and a reboot
# forgets it together with the lines. When to try a chat again is in a global variable; whoever does not see it just tries at once.
{
  :global multiwanTelegram
  :if ([:typeof $multiwanTelegram] != "array") do={ :set multiwanTelegram [:toarray ""] }
  :local chats {"-1002/7"}
  :local ids {"-1002/7"="-1002"}
  :local topics {"-1002/7"=7}

  # Look first: is there a line that is not noted, or a message whose time has come?
  :local event "^(multiwan: |dhcp alert on )"
  :local mark "^multiwan-telegram: noted "
  :local work false
  :local lines [/log/find where buffer="multiwan" message~$event]
  :local marks [/log/find where buffer="multiwan" message~$mark]
  :local noted ""
  :if ([:len $marks] > 0) do={ :set noted [/log/get ($marks->([:len $marks] - 1)) message] }
  :if ([:len $lines] > 0) do={
    :if ($noted != ("multiwan-telegram: noted " . [:tostr ($lines->([:len $lines] - 1))])) do={ :set work true }
  }
  :foreach chat in=$chats do={
    :if ([:len [/ip/firewall/address-list/find where list=("multiwan-outbox:" . $chat)]] > 0) do={
      :local next ($multiwanTelegram->("next:" . ($ids->$chat)))
      :local due true
      :if ([:typeof $next] = "time") do={ :set due ([:totime [/system/resource/get uptime]] >= $next) }
      :local again ($multiwanTelegram->("again:" . $chat))
      :if ([:typeof $again] = "time") do={ :set due ($due && ([:totime [/system/resource/get uptime]] >= $again)) }
      :if ($due) do={ :set work true }
    }
  }

  :local me [:tostr [:rndnum from=1 to=999999999]]
  :local locked false
  :if ($work) do={
    # An entry that vanishes by itself: a run that dies holds nobody up for long. Its comment says whose it is. Whoever finds it there
    # leaves the work to the other run.
    :do {
      /ip/firewall/address-list/add list="multiwan-telegram-lock" address=127.0.0.1 timeout=2m comment=$me
      :set locked true
    } on-error={}
  }
  :local failure ""
  :if ($locked) do={
    :onerror cause in={
      # 1. Lines of the log become messages: those behind the one that was noted last.
      :set lines [/log/find where buffer="multiwan" message~$event]
      :set marks [/log/find where buffer="multiwan" message~$mark]
      :set noted ""
      :if ([:len $marks] > 0) do={ :set noted [/log/get ($marks->([:len $marks] - 1)) message] }
      :local new true
      :foreach id in=$lines do={ :if ($noted = ("multiwan-telegram: noted " . [:tostr $id])) do={ :set new false } }
      :foreach id in=$lines do={
        :if (!$new) do={
          :if ($noted = ("multiwan-telegram: noted " . [:tostr $id])) do={ :set new true }
        } else={
          :local entry ""
          # whatever one line does, the next ones are told
          :do {
            :set entry [/log/get $id message]
            :local time [/log/get $id time]
            # of today's lines a router may show the time alone
            :if ([:len $time] < 12) do={ :set time ([/system/clock/get date] . " " . $time) }
            :local router [/system/identity/get name]
            :local text ""
            :local over [:toarray ""]
            :local at [:find $entry ": discovered unknown dhcp server, mac "]
            :if (([:pick $entry 0 14] = "dhcp alert on ") && ([:typeof $at] = "num")) do={
              :local interface [:pick $entry 14 $at]
              :local server [:pick $entry ($at + 38) [:len $entry]]
              :local comma [:find $server ", ip "]
              :local mac [:pick $server 0 $comma]
              :local address [:pick $server ($comma + 5) [:len $server]]
              :local remark ""
              :do { :set remark [/interface/get [find name=$interface] comment] } on-error={}
              :set text ($router . ": " . $mac . " gives addresses on " . $interface)
            }
            :if ([:pick $entry 0 10] = "multiwan: ") do={
              :local note [:pick $entry 10 [:len $entry]]
              :local out [:find $note " is out of use: "]
              :local back [:find $note " is in use again"]
              :local own false
              :if ($note = "heartbeat") do={
                :local uptime [/system/resource/get uptime]
                :local linesout ""
                :foreach route in=[/ip/route/find where comment~"^multiwan:pcc_balance:route:main:" distance>=100] do={
                  :local name [:pick [/ip/route/get $route comment] 32 99]
                  :if ($name != "blackhole") do={ :set linesout ($linesout . " " . $name) }
                }
                :if ($linesout = "") do={ :set linesout " -" }
                :set linesout [:pick $linesout 1 [:len $linesout]]
                :set text ($time . " " . $router . " is well, up for " . $uptime . "; lines out of use: " . $linesout)
                :set own true
              }
              :if ([:typeof $out] = "num") do={
                :local line [:pick $note 0 $out]
                :local reason [:pick $note ($out + 16) [:len $note]]
                # whole seconds only
                :local moment [:tostr [:timestamp]]
                :set moment [:pick $moment 0 [:find ($moment . ".") "."]]
                /ip/firewall/address-list/remove [find where list=("multiwan-down:" . $line)]
                /ip/firewall/address-list/add list=("multiwan-down:" . $line) address=240.0.0.1 disabled=yes comment=$moment
                :set text ($line . " is down: " . $reason)
                :set own true
              }
              :if ([:typeof $back] = "num") do={
                :local line [:pick $note 0 $back]
                :local duration "?"
                :local since [/ip/firewall/address-list/find where list=("multiwan-down:" . $line)]
                :if ([:len $since] > 0) do={
                  :local outage ([:timestamp] - [:totime [/ip/firewall/address-list/get ($since->0) comment]])
                  # otherwise the clock was set meanwhile
                  :if (($outage >= 0s) && ($outage < 99d)) do={
                    :set duration [:tostr $outage]
                    :set duration [:pick $duration 0 [:find ($duration . ".") "."]]
                  }
                  :set over $since
                }
                :set text ($time . " " . $router . ": line " . $line . " is up again, after " . $duration)
                :set own true
              }
              :if ($note = "test") do={
                :set text ($time . " " . $router . ": a test message")
                :set own true
                # somebody waits for it: tried at once, and what is wrong is said again; but not before Telegram wants it
                :foreach chat in=$chats do={
                  :set ($multiwanTelegram->("wait:" . $chat)) 0s
                  :set ($multiwanTelegram->("again:" . $chat)) 0s
                  :set ($multiwanTelegram->("said:" . $chat)) ""
                }
              }
              :if ($note = "changed") do={ :set text ($time . " " . $router . ": a playbook has changed the configuration"); :set own true }
              :if (!$own) do={ :set text ($time . " " . $router . ": " . $note) }
            }
            :if ([:len $text] > 3900) do={ :set text [:pick $text 0 3900] }
            # Telegram takes no message of blanks
            :if ($text~"[^ \t\r\n]") do={
              :local stamp ([:tostr $id] . " " . $time . "\n")
              :foreach chat in=$chats do={
                :local box ("multiwan-outbox:" . $chat)
                :local waiting [/ip/firewall/address-list/find where list=$box]
                :local slot 240.0.0.1
                :local kept false
                :if ([:len $waiting] > 0) do={
                  :local last ($waiting->([:len $waiting] - 1))
                  :set slot ([:toip [/ip/firewall/address-list/get $last address]] + 1)
                  :set kept ([:pick [/ip/firewall/address-list/get $last comment] 0 [:len $stamp]] = $stamp)
                }
                :if (!$kept) do={
                  :if ([:len $waiting] >= 500) do={
                    /ip/firewall/address-list/remove ($waiting->0)
                    :log error "multiwan-telegram: the outbox is full, the oldest message is lost"
                  }
                  :do {
                    /ip/firewall/address-list/add list=$box address=$slot disabled=yes comment=($stamp . $text)
                  } on-error={ :log error ("multiwan-telegram: the router does not keep this message: " . $text) }
                }
              }
            }
            /ip/firewall/address-list/remove $over
          } on-error={ :log error ("multiwan-telegram: this line could not be told: " . $entry) }
          :log info ("multiwan-telegram: noted " . [:tostr $id])
        }
      }

      # 2. What waits for a chat goes as one message, as far as it has room, if the chat's time has come.
      :foreach chat in=$chats do={
        :local waiting [/ip/firewall/address-list/find where list=("multiwan-outbox:" . $chat)]
        :local next ($multiwanTelegram->("next:" . ($ids->$chat)))
        :local due true
        :if ([:typeof $next] = "time") do={ :set due ([:totime [/system/resource/get uptime]] >= $next) }
        :local again ($multiwanTelegram->("again:" . $chat))
        :if ([:typeof $again] = "time") do={ :set due ($due && ([:totime [/system/resource/get uptime]] >= $again)) }
        :if ($due && ([:len $waiting] > 0)) do={
          :local text ""
          :local taken [:toarray ""]
          :local full false
          # Telegram has refused several at once: one of them is bad, so the oldest goes alone
          :local alone (($multiwanTelegram->("alone:" . $chat)) = true)
          :foreach row in=$waiting do={
            :if (!$full) do={
              :local more [/ip/firewall/address-list/get $row comment]
              :set more [:pick $more ([:find $more "\n"] + 1) [:len $more]]
              :if ($text = "") do={
                :set text $more
                :set taken ($taken, $row)
              } else={
                :if ((!$alone) && (([:len $text] + [:len $more]) < 3900)) do={
                  :set text ($text . "\n" . $more)
                  :set taken ($taken, $row)
                } else={
                  :set full true
                }
              }
            }
          }
          :local token [/ppp/secret/get [find name="multiwan-telegram"] password]
          :local problem ""
          :local status 0
          :foreach form in={"as written";"in plain letters"} do={
            # One that is refused alone may be refused for its letters
            :if (($form = "as written") || (($status = 400) && ([:len $taken] = 1))) do={
              :if ($form = "in plain letters") do={
                :local letters "\n !\"#\$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
                :local readable ""
                :for index from=0 to=([:len $text] - 1) do={
                  :local letter [:pick $text $index]
                  :if ([:typeof [:find $letters $letter]] = "num") do={ :set readable ($readable . $letter) } else={ :set readable ($readable . "?") }
                }
                :set text $readable
              }
              # JSON: backslash first
              :local specials {"\\";"\"";"\n";"\r";"\t"}
              :local written {"\\\\";"\\\"";"\\n";"\\r";"\\t"}
              :local quoted $text
              :for index from=0 to=4 do={
                :local done ""
                :local rest $quoted
                :local place [:find $rest ($specials->$index)]
                :while ([:typeof $place] = "num") do={
                  :set done ($done . [:pick $rest 0 $place] . ($written->$index))
                  :set rest [:pick $rest ($place + 1) [:len $rest]]
                  :set place [:find $rest ($specials->$index)]
                }
                :set quoted ($done . $rest)
              }
              :local data ("{\"chat_id\":\"" . ($ids->$chat) . "\",\"text\":\"" . $quoted . "\"")
              :if (($topics->$chat) > 0) do={ :set data ($data . ",\"message_thread_id\":" . ($topics->$chat)) }
              :set data ($data . "}")
              :set problem ""
              :set status 0
              :onerror message in={
                /tool/fetch url=("https://api.telegram.org/bot" . $token . "/sendMessage") http-method=post http-header-field="Content-Type: application/json" http-data=$data check-certificate=yes-without-crl output=none
              } do={
                :set problem ("failed: " . $message)
                # The words around it differ by version. A number of its own, not a part of an address or a port
                :foreach code in={400;401;403;404;429;500;502;503} do={
                  :if (($problem . " ")~("[ <(]" . $code . "[ ,>)]")) do={ :set status $code }
                }
              }
            }
          }
          :local uptime [:totime [/system/resource/get uptime]]
          :if ($problem = "") do={
            /ip/firewall/address-list/remove $taken
            :set ($multiwanTelegram->("alone:" . $chat)) false
            :set ($multiwanTelegram->("wait:" . $chat)) 0s
            :set ($multiwanTelegram->("said:" . $chat)) ""
            :set ($multiwanTelegram->("pause:" . ($ids->$chat))) 0s
            # one message a second to a chat, twenty a minute to a group, whatever the topic (Telegram's limits)
            :set ($multiwanTelegram->("next:" . ($ids->$chat))) ($uptime + 3s)
          } else={
            :if ([:typeof [:find $problem $token]] = "num") do={ :set problem "failed" }
            # A cause is said once: it is the status, or the words without their numbers, which are ports, addresses and times
            :local reason [:tostr $status]
            :if ($status = 0) do={
              :set reason ""
              :for index from=0 to=([:len $problem] - 1) do={
                :local letter [:pick $problem $index]
                :if (!($letter~"[0-9]")) do={ :set reason ($reason . $letter) }
              }
            }
            :if ($reason != [:tostr ($multiwanTelegram->("said:" . $chat))]) do={
              :log warning ("multiwan-telegram: to " . ($ids->$chat) . " " . $problem)
              :set ($multiwanTelegram->("said:" . $chat)) $reason
            }
            :if ($status = 400) do={ :set ($multiwanTelegram->("alone:" . $chat)) true }
            :if ($status = 429) do={
              # How long Telegram asks for is in an answer that fetch does not hand over
              :local pause ($multiwanTelegram->("pause:" . ($ids->$chat)))
              :if ([:typeof $pause] != "time") do={ :set pause 0s }
              :if ($pause < 1m) do={ :set pause 1m } else={ :set pause ($pause + $pause) }
              :if ($pause > 32m) do={ :set pause 32m }
              :set ($multiwanTelegram->("pause:" . ($ids->$chat))) $pause
              :set ($multiwanTelegram->("next:" . ($ids->$chat))) ($uptime + $pause)
            } else={
              :local wait ($multiwanTelegram->("wait:" . $chat))
              :if ([:typeof $wait] != "time") do={ :set wait 0s }
              :if ($wait < 5s) do={ :set wait 5s } else={ :set wait ($wait + $wait) }
              :if ($wait > 1m) do={ :set wait 1m }
              :set ($multiwanTelegram->("wait:" . $chat)) $wait
              :set ($multiwanTelegram->("again:" . $chat)) ($uptime + $wait)
            }
          }
        }
      }
    } do={ :set failure $cause }
    /ip/firewall/address-list/remove [find where list="multiwan-telegram-lock" comment=$me]
  }
  :if ($failure != "") do={ :error $failure }
}
